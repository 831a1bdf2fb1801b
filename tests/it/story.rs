//! The main job, end to end.

use serde_json::json;

use crate::support::{PATIENCE, World, receiver};

#[test]
fn a_protected_value_is_kept_tested_and_survives_an_update_and_a_rename() {
    let world = World::new().set("TOKEN", "Token s3cret");
    let receiver = receiver();
    let url = receiver.url("/hook");
    let made = world.answer(&format!(
        "create a --pipeline pipeline-1 --event failed --url {url} --secret-header Authorization=env:TOKEN"
    ));
    assert_eq!(made["result"], "created");
    assert_eq!(made["webhook"]["event"], "pipeline_request_failed");
    assert_eq!(
        made["webhook"]["headers"],
        json!([{"key": "Authorization", "value": null, "protected": true, "local": "file"}])
    );

    world.sh("update a --header 'X-Team: blue'").ends_with(0);
    world.sh("update a --name b").ends_with(0);
    let tested = world.answer("test b");
    assert_eq!(tested["status"], "completed");
    let delivery = receiver.next(PATIENCE).unwrap();
    assert_eq!(delivery.headers["authorization"], "Token s3cret");
    assert_eq!(delivery.headers["x-team"], "blue");

    let deleted = world.answer("delete b --yes");
    assert_eq!(
        deleted,
        json!({"name": "b", "result": "deleted", "error": null})
    );
    let kept = std::fs::read_to_string(world.state("mock-secrets.json")).unwrap();
    assert!(!kept.contains("s3cret"), "{kept}");
}
