//! Where ubihook's files are: in the XDG folders on Linux, in the standard places on other systems.

use std::path::PathBuf;

use super::env::Env;
use crate::model::failure::Failure;

/// The two folders named `ubihook`, if their parents are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    config: Option<PathBuf>,
    state: Option<PathBuf>,
}

impl Folders {
    /// Finds them. Without a home there are none; that is an error only for code that needs one.
    pub fn find(env: &Env) -> Self {
        let absolute = |name: &str| {
            let path = env.get(name).map(PathBuf::from);
            path.filter(|path| path.is_absolute())
        };
        let home = |below: &str| absolute("HOME").map(|home| home.join(below));
        let (config, state) = if cfg!(windows) {
            (absolute("APPDATA"), absolute("LOCALAPPDATA"))
        } else if cfg!(target_os = "macos") {
            let support = home("Library/Application Support");
            (support.clone(), support)
        } else {
            (
                absolute("XDG_CONFIG_HOME").or_else(|| home(".config")),
                absolute("XDG_STATE_HOME").or_else(|| home(".local/state")),
            )
        };
        let ours = |folder: PathBuf| folder.join("ubihook");
        Self {
            config: config.map(ours),
            state: state.map(ours),
        }
    }

    /// The path of `config.toml`, whether it exists or not.
    pub fn config_file(&self) -> Option<PathBuf> {
        Some(self.config.as_ref()?.join("config.toml"))
    }

    /// The folder for state.
    pub fn state(&self) -> Result<PathBuf, Failure> {
        self.state.clone().ok_or_else(|| {
            Failure::usage("cannot store state: neither HOME nor XDG_STATE_HOME is set")
                .with_hint("export HOME=/path/to/your/folder")
        })
    }
}
