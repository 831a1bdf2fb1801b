//! A reqwest client that posts the bytes of a file a given number of times, 64 at once, over kept
//! connections, and prints the seconds that it took. `bare_client URL BYTES_FILE COUNT`

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

const AT_ONCE: usize = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "bare_client URL BYTES_FILE COUNT";
    let url = arguments.next().ok_or(usage)?;
    let bytes = std::fs::read(arguments.next().ok_or(usage)?)?;
    let count: usize = arguments.next().ok_or(usage)?.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let sent = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let senders: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (client, url, sent) = (client.clone(), url.clone(), sent.clone());
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    while sent.fetch_add(1, Ordering::Relaxed) < count {
                        let call = client.post(&url).body(bytes.clone());
                        let call = call.header("content-type", "application/json");
                        call.send().await?.error_for_status()?.bytes().await?;
                    }
                    Ok::<_, reqwest::Error>(())
                })
            })
            .collect();
        for sender in senders {
            sender.await??;
        }
        println!("{}", begun.elapsed().as_secs_f64());
        Ok(())
    })
}
