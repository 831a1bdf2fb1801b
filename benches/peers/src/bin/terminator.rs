//! A TLS terminator: takes TLS connections, and passes what they carry to a plain server on
//! loopback, under that server's name. `terminator CERTIFICATE KEY UPSTREAM ADDRESS_FILE`

use std::{error::Error, sync::Arc};

use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || {
        arguments
            .next()
            .ok_or("terminator CERTIFICATE KEY UPSTREAM ADDRESS_FILE")
    };
    let chain = CertificateDer::pem_file_iter(next()?)?.collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_file(next()?)?;
    let (upstream, address_file) = (next()?, next()?);
    let config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        std::fs::write(address_file, format!("https://{}\n", listener.local_addr()?))?;
        loop {
            let (client, _) = listener.accept().await?;
            tokio::spawn(pass(client, upstream.clone(), acceptor.clone()));
        }
    })
}

/// One connection, to its end; what breaks on the way is the client's to notice. Its first request
/// gets the server's name as its host, as reverse proxies do; those of the bench send no second.
async fn pass(client: TcpStream, upstream: String, acceptor: TlsAcceptor) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let mut client = acceptor.accept(client).await?;
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let head = String::from_utf8_lossy(&head);
    let lines = head.split("\r\n").map(|line| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case("host") => format!("host: {upstream}"),
        _ => line.to_owned(),
    });
    let head = lines.collect::<Vec<_>>().join("\r\n");
    let mut server = TcpStream::connect(&upstream).await?;
    server.set_nodelay(true)?;
    server.write_all(head.as_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}
