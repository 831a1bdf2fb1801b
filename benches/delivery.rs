//! The delivery engine beside a bare client: events a second, what a group of outcomes saves, and
//! how long an event takes to its receiver. All in one run, on the same machine, into the same
//! kind of receiver; medians of several turns.
//!
//!     cargo bench --bench delivery [-- EVENTS [TURNS]]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark of its own, that prints what it found and stops where something fails"
)]

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, runtime};
use ubihook::inside::{
    mock::{self, Local, Mock, Options, Plan, Script, World},
    model::Target,
};

const AT_ONCE: usize = 64;
const LATENCIES: usize = 400;

fn one_thread() -> runtime::Runtime {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

/// A bare hyper server on a thread of its own; says when each call comes.
fn receiver() -> (SocketAddr, mpsc::Receiver<Instant>) {
    let (say, address) = mpsc::channel();
    let (came, arrivals) = mpsc::channel();
    thread::spawn(move || {
        one_thread().block_on(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            say.send(listener.local_addr().unwrap()).unwrap();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                let came = came.clone();
                let answer = service_fn(move |request: Request<Incoming>| {
                    let _ = came.send(Instant::now());
                    async move {
                        request.into_body().collect().await.unwrap();
                        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok"))))
                    }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), answer));
            }
        });
    });
    (address.recv().unwrap(), arrivals)
}

/// The same bytes as an event has, by a bare client that keeps its connections.
fn bare(to: SocketAddr, events: usize) -> f64 {
    one_thread().block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let (left, body) = (Arc::new(AtomicUsize::new(events)), body());
        let begun = Instant::now();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..AT_ONCE {
            let (client, left, body) = (client.clone(), left.clone(), body.clone());
            tasks.spawn(async move {
                while left
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
                    .is_ok()
                {
                    post(&client, to, body.clone()).await;
                }
            });
        }
        while tasks.join_next().await.is_some() {}
        per_second(events, begun)
    })
}

async fn post(client: &reqwest::Client, to: SocketAddr, body: Vec<u8>) {
    let request = client.post(format!("http://{to}/hook"));
    let request = request
        .header("content-type", "application/json")
        .body(body);
    request.send().await.unwrap().bytes().await.unwrap();
}

fn body() -> Vec<u8> {
    let id = "3a1c9a52-0c5b-4cf0-9a59-0d8f2b6c7e10";
    let text =
        format!("Deployment request {id} finished for deployment deployment-1 v1 in project demo");
    serde_json::json!({
        "event": "deployment_request_completed", "deployment_id": id, "deployment_name": "deployment-1",
        "deployment_version_id": id, "deployment_version_name": "v1", "request_id": id,
        "status": "completed", "text": text
    }).to_string().into_bytes()
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per_second(events: usize, begun: Instant) -> f64 {
    events as f64 / begun.elapsed().as_secs_f64()
}

fn plan() -> Plan {
    Plan {
        data: "{}".parse().unwrap(),
        target: Target {
            object_type: "deployment".parse().unwrap(),
            object_name: "deployment-1".parse().unwrap(),
            version: None,
        },
        script: Script::default(),
    }
}

/// A database with one webhook that goes to this receiver.
fn database(folder: &Path, to: SocketAddr, group: usize) -> Options {
    let db = folder.join("state/mock.db");
    let webhook = serde_json::from_value(serde_json::json!({
        "name": "w", "object_type": "deployment", "object_name": "deployment-1",
        "event": "deployment_request_completed", "url": format!("http://{to}/hook")
    }));
    let world = World {
        webhooks: vec![webhook.unwrap()],
        ..World::default()
    };
    mock::reset(&db, &world).unwrap();
    Options {
        group,
        ..Options::new(db)
    }
}

/// From the first request to the last recorded outcome.
fn engine(to: SocketAddr, events: usize, group: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let options = database(folder.path(), to, group);
    one_thread().block_on(async {
        let local = Local::open(options, true).await.unwrap();
        let begun = Instant::now();
        let mut made = 0;
        while made < events {
            made += local
                .request(&plan(), 500.min(events - made))
                .await
                .unwrap()
                .len();
        }
        while !local.tally().unwrap().is_over() {
            local.changed().await;
        }
        let rate = per_second(events, begun);
        local.close(Duration::ZERO).await;
        rate
    })
}

/// From the start on events that are in the database already to the last recorded outcome.
fn released(to: SocketAddr, events: usize, group: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let options = database(folder.path(), to, group);
    one_thread().block_on(async {
        let queue = Local::open(options.clone(), false).await.unwrap();
        let mut made = 0;
        while made < events {
            made += queue
                .request(&plan(), 500.min(events - made))
                .await
                .unwrap()
                .len();
        }
        let begun = Instant::now();
        let mock = Mock::start(options, (Ipv4Addr::LOCALHOST, 0).into())
            .await
            .unwrap();
        while queue.waiting().unwrap() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let rate = per_second(events, begun);
        mock.stop(Duration::ZERO).await;
        queue.close(Duration::ZERO).await;
        rate
    })
}

/// Round trips of a bare client, and from before a request is written to the receiver's first
/// byte of its event, in turns.
fn latencies() -> (f64, f64, f64) {
    let ((to, arrivals), folder) = (receiver(), tempfile::tempdir().unwrap());
    let options = database(folder.path(), to, mock::GROUP);
    one_thread().block_on(async {
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap();
        let local = Local::open(options, true).await.unwrap();
        let (mut trips, mut whole, mut after) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..LATENCIES {
            let begun = Instant::now();
            post(&client, to, body()).await;
            trips.push(begun.elapsed().as_secs_f64() * 1e6);
            arrivals.recv().unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
            let begun = Instant::now();
            local.request(&plan(), 1).await.unwrap();
            let written = Instant::now();
            let came = arrivals.recv_timeout(Duration::from_secs(5)).unwrap();
            whole.push((came - begun).as_secs_f64() * 1e6);
            after.push(came.saturating_duration_since(written).as_secs_f64() * 1e6);
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        local.close(Duration::ZERO).await;
        (median(&mut trips), median(&mut whole), median(&mut after))
    })
}

fn median(figures: &mut [f64]) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn main() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|text| text.parse().ok())
        .collect();
    let events = numbers.first().copied().unwrap_or(50_000);
    let turns = numbers.get(1).copied().unwrap_or(5);
    let mut figures: [Vec<f64>; 5] = Default::default();
    for _ in 0..turns {
        let to = || receiver().0;
        let turn = [
            bare(to(), events),
            engine(to(), events, mock::GROUP),
            released(to(), events, mock::GROUP),
            engine(to(), events / 5, 1),
            released(to(), events / 5, 1),
        ];
        for (all, figure) in figures.iter_mut().zip(turn) {
            all.push(figure);
        }
    }
    let names = [
        "bare reqwest client",
        "engine, end to end",
        "engine, from a queue",
        "end to end, group of 1",
        "from a queue, group of 1",
    ];
    let bare = median(&mut figures[0].clone());
    for (name, all) in names.iter().zip(&mut figures) {
        let middle = median(all);
        println!(
            "{name:26} {middle:8.0}/s  {:.3} of bare  ({:.0}-{:.0})",
            middle / bare,
            all[0],
            all[all.len() - 1]
        );
    }
    let (trip, whole, after) = latencies();
    println!("bare round trip            {trip:8.0} µs");
    println!(
        "request to first byte      {whole:8.0} µs  {:.2} of it (its write included)",
        whole / trip
    );
    println!(
        "its end to first byte      {after:8.0} µs  {:.2} of it",
        after / trip
    );
}
