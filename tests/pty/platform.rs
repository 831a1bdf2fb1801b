//! What there is on the mock of a world beside its first objects, made by the platform's own calls.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Stdio},
};

use serde_json::{Value, json};

use crate::support::World;

/// A mock that is served, on the database of its world.
pub struct Served {
    child: Child,
    address: String,
    token: String,
}

/// A deployment of that name.
pub fn with_deployment(world: &World, name: &str) {
    let served = Served::start(world);
    served.post("deployments", &json!({ "name": name }));
    served.post(
        &format!(
            "deployments/{}/versions",
            ubihook::inside::model::routes::encode(name)
        ),
        &json!({"version": "v1"}),
    );
    served.stop();
}

/// Deployments that can be watched and two that can't, a second version, and a second experiment.
pub fn filled(world: &World) {
    let served = Served::start(world);
    for name in ["orders", "old-orders", "billing"] {
        let about = format!("about {name}");
        served.post("deployments", &json!({"name": name, "description": about}));
    }
    for name in ["batch-1", "batch-2"] {
        served.post(
            "deployments",
            &json!({"name": name, "supports_request_format": false}),
        );
    }
    served.post("deployments/orders/versions", &json!({"version": "v1"}));
    served.post("deployments/orders/versions", &json!({"version": "v2"}));
    served.post(
        "deployments/training-base-deployment/versions",
        &json!({"version": "night-run"}),
    );
    served.stop();
}

impl Served {
    pub fn start(world: &World) -> Self {
        let mut child = world
            .command()
            .env_remove("UBIHOOK_MOCK")
            .args(["mock", "serve"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let url = ready["url"].as_str().unwrap();
        Self {
            child,
            address: url["http://".len()..].trim_end_matches("/v2").to_owned(),
            token: ready["token"].as_str().unwrap().to_owned(),
        }
    }

    fn post(&self, path: &str, body: &Value) {
        let (body, address, token) = (body.to_string(), &self.address, &self.token);
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /v2/projects/demo/{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{path}: {answer}");
    }

    pub fn url(&self) -> String {
        format!("http://{}/v2", self.address)
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn stop(mut self) {
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.child),
            rustix::process::Signal::TERM,
        )
        .unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
