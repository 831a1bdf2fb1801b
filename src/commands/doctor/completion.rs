//! Whether the user's shell loads the completions, as its start-up files say: a child process can't
//! ask the shell itself.

use std::path::{Path, PathBuf};

use crate::{config::env::Env, input, model::checkup::Check};

const ID: &str = "completion";

/// Far more than a start-up file contains.
const MAX: usize = 1 << 20;

/// The files of a shell: files that must have our line, and files that suffice by themselves.
struct Places {
    lines: Vec<PathBuf>,
    scripts: Vec<PathBuf>,
    hint: &'static str,
}

pub(super) async fn check(env: &Env) -> Check {
    let Some(shell) = env.get("SHELL").map(PathBuf::from) else {
        return Check::skip(ID, "shell", "SHELL is not set");
    };
    let name = shell.file_name().unwrap_or_default();
    let name = name.to_string_lossy().into_owned();
    let Some(home) = env.get("HOME").map(PathBuf::from) else {
        return Check::skip(ID, &name, "HOME is not set");
    };
    let Some(places) = places(&name, &home, env) else {
        return Check::skip(ID, &name, "not known for this shell");
    };
    for path in &places.scripts {
        if path.exists() {
            return Check::pass(ID, &name, format!("loaded from {}", path.display()));
        }
    }
    for path in &places.lines {
        let text = input::text(path, MAX).await;
        if text.is_ok_and(|text| has_line(&text, &name)) {
            return Check::pass(ID, &name, format!("loaded by {}", path.display()));
        }
    }
    Check::skip(ID, &name, "not found in its start-up files").hint(places.hint)
}

/// Whether a line that isn't a comment loads it.
fn has_line(text: &str, shell: &str) -> bool {
    let words = format!("ubihook completions {shell}");
    let mut lines = text.lines().map(str::trim);
    lines.any(|line| !line.starts_with('#') && line.contains(&words))
}

fn places(shell: &str, home: &Path, env: &Env) -> Option<Places> {
    let at = |path: &str| home.join(path);
    let config = env.get("XDG_CONFIG_HOME").map(PathBuf::from);
    let config = |path: &str| config.clone().unwrap_or_else(|| at(".config")).join(path);
    let system = |path: &str| PathBuf::from(path);
    let zdotdir = env.get("ZDOTDIR").map(PathBuf::from);
    let zsh = |path: &str| zdotdir.clone().unwrap_or_else(|| at("")).join(path);
    Some(match shell {
        "bash" => Places {
            lines: vec![at(".bashrc"), at(".bash_profile"), at(".profile")],
            scripts: vec![
                at(".local/share/bash-completion/completions/ubihook"),
                system("/usr/share/bash-completion/completions/ubihook"),
                system("/etc/bash_completion.d/ubihook"),
            ],
            hint: "echo 'source <(ubihook completions bash)' >> ~/.bashrc",
        },
        "zsh" => Places {
            lines: vec![zsh(".zshrc"), zsh(".zshenv"), zsh(".zprofile")],
            scripts: vec![
                system("/usr/share/zsh/vendor-completions/_ubihook"),
                system("/usr/share/zsh/site-functions/_ubihook"),
                system("/usr/local/share/zsh/site-functions/_ubihook"),
            ],
            hint: "echo 'source <(ubihook completions zsh)' >> ~/.zshrc",
        },
        "fish" => Places {
            lines: vec![config("fish/config.fish")],
            scripts: vec![
                config("fish/completions/ubihook.fish"),
                system("/usr/share/fish/vendor_completions.d/ubihook.fish"),
            ],
            hint: "ubihook completions fish > ~/.config/fish/completions/ubihook.fish",
        },
        "elvish" => Places {
            lines: vec![config("elvish/rc.elv"), at(".elvish/rc.elv")],
            scripts: Vec::new(),
            hint: "echo 'eval (ubihook completions elvish | slurp)' >> ~/.config/elvish/rc.elv",
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::checkup::Status;

    #[tokio::test]
    async fn our_line_is_found_in_the_files_of_each_shell() {
        for (shell, file) in [
            ("bash", ".bashrc"),
            ("zsh", ".zshrc"),
            ("fish", ".config/fish/config.fish"),
            ("elvish", ".config/elvish/rc.elv"),
        ] {
            let home = tempfile::tempdir().unwrap();
            let env = Env::of([
                ("HOME", home.path().to_str().unwrap()),
                ("SHELL", &format!("/usr/bin/{shell}")),
            ]);
            let path = home.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let line = format!("eval ubihook completions {shell}\n");
            std::fs::write(&path, format!("# {line}")).unwrap();
            let found = check(&env).await;
            // A system package may have installed it for everyone.
            if found.found.starts_with("loaded from /") {
                continue;
            }
            assert_eq!(found.status, Status::Skip, "{shell}");
            std::fs::write(&path, line).unwrap();
            assert_eq!(check(&env).await.status, Status::Pass, "{shell}");
        }
        let other = Env::of([("HOME", "/"), ("SHELL", "/bin/ksh")]);
        assert_eq!(check(&other).await.status, Status::Skip);
        assert_eq!(check(&Env::default()).await.status, Status::Skip);
    }
}
