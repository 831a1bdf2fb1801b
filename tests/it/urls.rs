//! URLs that a shell or a template left unfinished are refused wherever one is given.

use crate::support::{NEEDED, Served, World};

/// What remains of `https://$UNSET/in`, and what was never filled in.
const UNFINISHED: [&str; 7] = [
    "https:///in",
    "https:h/in",
    "https:/h/in",
    r"https:\\h\in",
    "https://${H}/in",
    "https://{{h}}/in",
    "https://h:$PORT/in",
];

#[test]
fn an_unfinished_callback_url_is_refused_by_every_verb_and_by_files() {
    let world = World::new();
    world.sh(&format!("create a {NEEDED}")).ends_with(0);
    for url in UNFINISHED {
        let target = "--pipeline pipeline-1 --event failed";
        for line in [
            format!("create b {target} --url '{url}'"),
            format!("update a --url '{url}'"),
            format!("test a --url '{url}'"),
            format!("test {target} --url '{url}'"),
        ] {
            let error = world.sh(&format!("{line} -o json")).ends_with(2).error();
            let message = error["message"].as_str().unwrap().to_owned();
            assert!(
                message.starts_with("--url: must be an absolute http"),
                "{line}: {message}"
            );
            assert!(!message.contains(url), "{message}");
        }
        let webhook = format!(
            "name: b\nobject_type: pipeline\nobject_name: pipeline-1\nevent: failed\nurl: '{url}'\n"
        );
        world.file("w.yaml", &webhook);
        let in_file = if url.contains("${") {
            "url: `${` is not replaced"
        } else {
            "url: must be an absolute http"
        };
        world.sh("create -f w.yaml").ends_with(2).saying(in_file);
        world.sh("update a -f w.yaml").ends_with(2).saying(in_file);
        let listed = webhook.replace('\n', "\n  ");
        world.file("world.yaml", &format!("webhooks:\n- {}", listed.trim_end()));
        world
            .sh("mock reset -f world.yaml --yes")
            .ends_with(2)
            .saying(&format!("-f world.yaml:6: {in_file}"));
    }
    assert_eq!(world.names(), ["a"]);
}

#[test]
fn the_mock_refuses_an_unfinished_url_of_any_client() {
    let served = Served::start(&World::without_mock(), "");
    for url in UNFINISHED {
        let body = serde_json::json!({
            "name": "b", "object_type": "pipeline", "object_name": "pipeline-1",
            "event": "pipeline_request_failed", "url": url});
        let body = body.to_string();
        let (status, answer) = served.call(&format!(
            "POST /v2/projects/demo/webhooks HTTP/1.1\r\nHost: {}\r\nAuthorization: {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            served.authority(),
            served.token(),
            body.len()
        ));
        assert_eq!(status, 400, "{url}: {answer}");
    }
}

#[test]
fn an_unfinished_address_of_the_api_is_refused_before_any_call() {
    for host in ["https://${HOST}/v2", "https:///v2", "https:/h/v2", "$HOST"] {
        let world = World::facing(host, "a-token-of-ours");
        let error = world.sh("list -o json").ends_with(2).error();
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("must be an address such as"), "{message}");
    }
}
