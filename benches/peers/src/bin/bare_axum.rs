//! An axum server that does nothing: it answers each GET with the bytes of a file, and each POST
//! with the same bytes after it has read the body. `bare_axum BYTES_FILE ADDRESS_FILE`

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, header::CONTENT_TYPE},
    response::IntoResponse,
    routing::get,
};

const JSON: [(axum::http::HeaderName, &str); 1] = [(CONTENT_TYPE, "application/json")];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "bare_axum BYTES_FILE ADDRESS_FILE";
    let bytes = Bytes::from(std::fs::read(arguments.next().ok_or(usage)?)?);
    let address_file = arguments.next().ok_or(usage)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        std::fs::write(address_file, format!("http://{}\n", listener.local_addr()?))?;
        let (got, made) = (bytes.clone(), bytes);
        let methods = get(async || (JSON, got).into_response()).post(async |body: Bytes| {
            drop(body);
            (StatusCode::CREATED, JSON, made).into_response()
        });
        axum::serve(listener, Router::new().fallback(methods)).await?;
        Ok(())
    })
}
