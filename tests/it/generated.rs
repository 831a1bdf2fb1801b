//! Committed files that are made from the program say what the program says.
//! `BLESS=1 cargo test generated` makes them anew.

use std::{collections::BTreeSet, fs, path::Path};

use ubihook::inside::cli::artifacts::{FOLDERS, artifacts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn generated_files_are_current() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut stale = Vec::new();
    for (path, bytes) in artifacts() {
        let file = root().join(&path);
        if bless {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(&file, &bytes).unwrap();
        } else if fs::read(&file).ok().as_ref() != Some(&bytes) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "BLESS=1 cargo test generated: {stale:?}");
}

#[test]
fn generated_folders_hold_nothing_else() {
    let known: BTreeSet<_> = artifacts().into_iter().map(|(path, _)| path).collect();
    for folder in FOLDERS {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = format!("{folder}/{}", entry.unwrap().file_name().display());
            assert!(known.contains(&path), "{path} is a stray file");
        }
    }
}

#[test]
fn generated_files_are_the_same_every_time_and_have_no_stray_blanks() {
    let files = artifacts();
    assert_eq!(files, artifacts());
    for (path, bytes) in files {
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{path}");
        assert!(text.lines().all(|line| line == line.trim_end()), "{path}");
    }
}
