//! `mock reset -f`: what a mock is to start with, in YAML or JSON.

use ubihook::inside::model::Explain;
use ubihook::inside::{commands::world, mock::StartObject};

use super::{
    held::{SECRET, tells_no_secret},
    webhook_files::only_in_values,
};

pub fn target(data: &[u8]) {
    match world::parse("world.yaml", data) {
        Ok(file) => {
            let world = &file.world;
            for object in [&world.deployments, &world.pipelines].into_iter().flatten() {
                object.iter().for_each(holds);
            }
            for draft in file.webhooks {
                let new = draft.with_headers(Vec::new());
                assert_eq!(new.check(), Ok(()));
            }
        }
        Err(error) => {
            if only_in_values(&String::from_utf8_lossy(data)) {
                tells_no_secret(&error);
                let excerpt = error.excerpt().unwrap_or_default();
                assert!(!excerpt.contains(SECRET), "{excerpt}");
            }
        }
    }
}

/// Its versions in order: all of them, the default one first.
fn holds(object: &StartObject) {
    let versions = object.in_order().expect("checked as it was read");
    assert!(!versions.is_empty());
    if let Some(default) = &object.default_version {
        assert_eq!(&versions[0], default);
    }
    let sorted = |mut versions: Vec<_>| {
        versions.sort();
        versions
    };
    if !object.versions.is_empty() {
        assert_eq!(sorted(versions), sorted(object.versions.clone()));
    }
}
