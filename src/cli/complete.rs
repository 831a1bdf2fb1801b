//! Answers completion requests of shells: within a deadline or not at all, without messages and
//! without prompts.
//!
//! `shells.rs` reads requests and writes candidates, `line.rs` interprets the words, `live.rs`
//! looks names up.

mod line;
mod live;
pub(super) mod shells;

use std::{
    ffi::{OsStr, OsString},
    io::Write,
    panic,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use clap::{Arg, Command, ValueEnum};
use clap_complete::engine::{
    self, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};

use self::{
    line::Line,
    live::Query,
    shells::{Candidate, Request, Shell},
};
use super::{VERBS, pages, tree};
use crate::{
    config::env::Env,
    model::{
        event::{Event, ObjectType, Phase},
        header::HeaderName,
    },
};

/// The variable with the name of the shell that sends the request.
const VARIABLE: &str = "COMPLETE";
/// The variable with the index of the word to complete, if it isn't the last one.
const INDEX: &str = "_CLAP_COMPLETE_INDEX";
/// The variable with the line, if it isn't passed as arguments.
const LINE: &str = "_UBIHOOK_LINE";

/// Completion may take 300 ms in all, including start and end of the process.
const DEADLINE: Duration = Duration::from_millis(250);

/// Answers a completion request; `None` if this is a command to run. If the variable doesn't name a
/// shell, it was set for another program.
pub fn answer() -> Option<u8> {
    let env = Env::capture();
    let shell = shell(env.get(VARIABLE)?)?;
    let mut arguments = std::env::args_os();
    let completer = arguments.next().unwrap_or_default();
    let answer = match arguments.next() {
        None => shells::script(shell, &completer.to_string_lossy()),
        Some(mark) if mark == "--" => within_deadline(shell, arguments.collect(), env),
        Some(_) => return None,
    };
    // A failed write can't be reported to anyone.
    let _ = std::io::stdout().write_all(answer.as_bytes());
    Some(0)
}

/// Accepts a name or a path, so that `$SHELL` works.
fn shell(named: &OsStr) -> Option<Shell> {
    match Path::new(named).file_stem()?.to_str()? {
        "pwsh" => Some(Shell::Powershell),
        name => Shell::from_str(name, false).ok(),
    }
}

/// After the deadline, the thread that looks names up is abandoned and ends with the process.
fn within_deadline(shell: Shell, words: Vec<OsString>, env: Env) -> String {
    panic::set_hook(Box::new(|_| {}));
    let (found, finding) = mpsc::channel();
    let look = move || {
        // The receiver is gone after the deadline.
        let _ = found.send(candidates(shell, &words, env));
    };
    match thread::Builder::new().spawn(look) {
        Ok(_) => finding.recv_timeout(DEADLINE).unwrap_or_default(),
        Err(_) => String::new(),
    }
}

fn candidates(shell: Shell, words: &[OsString], env: Env) -> String {
    let text = |name: &OsStr| name.to_string_lossy().into_owned();
    let typed = shells::read(
        shell,
        &Request {
            arguments: words.iter().map(|word| text(word)).collect(),
            index: env.get(INDEX).and_then(|index| text(index).parse().ok()),
            line: env.get(LINE).map(text),
        },
    );
    let Some(place) = typed.place else {
        return String::new();
    };
    let tree = tree::command(VERBS);
    let line = Line::read(typed, &tree);
    let (arguments, at) = (line.words(), line.at());
    let scene = Arc::new(Scene {
        line,
        env,
        asked: AtomicBool::new(false),
    });
    let here = std::env::current_dir().ok();
    let mut tree = attach(tree, &[], &scene);
    let found = engine::complete(&mut tree, arguments, at, here.as_deref()).unwrap_or_default();
    // Flags would clutter a list of names. If only flags are left although a name is wanted, the
    // list is empty. There are no flags after `--`.
    let is_flag =
        |found: &&CompletionCandidate| found.get_value().as_encoded_bytes().starts_with(b"-");
    let no_flags = !scene.line.escaped()
        && !scene.line.current().starts_with('-')
        && (scene.asked.load(Ordering::Relaxed) || !found.iter().all(|found| is_flag(&found)));
    let found = found.iter().filter(|found| !no_flags || !is_flag(found));
    found
        .filter_map(|found| {
            let value = found.get_value().to_str()?;
            let help = found.get_help().map(ToString::to_string);
            let candidate = Candidate {
                value,
                help: help.as_deref(),
                goes_on: !is_live(found) && value.ends_with(['=', ':', '/']),
            };
            shells::write(shell, candidate, place)
        })
        .collect()
}

/// A name that was looked up. It is complete, whatever character it ends with.
fn live(name: String) -> CompletionCandidate {
    let id = format!("{LIVE}{name}");
    CompletionCandidate::new(name).id(Some(id))
}

fn is_live(candidate: &CompletionCandidate) -> bool {
    candidate.get_id().is_some_and(|id| id.starts_with(LIVE))
}

const LIVE: &str = "live::";

/// What candidates depend on.
struct Scene {
    line: Line,
    env: Env,
    /// Whether the word is a value for which this module has candidates.
    asked: AtomicBool,
}

/// Attaches completers to the arguments of the tree, by verb and argument id.
fn attach(command: Command, above: &[String], scene: &Arc<Scene>) -> Command {
    let path: Vec<_> = above
        .iter()
        .cloned()
        .chain([command.get_name().to_owned()])
        .collect();
    let verb = path[1..].join(" ");
    command
        .mut_args(|argument| match completer(&verb, &argument, scene) {
            Some(completer) => argument.add(completer),
            None => argument,
        })
        .mut_subcommands(|command| attach(command, &path, scene))
}

fn completer(verb: &str, argument: &Arg, scene: &Arc<Scene>) -> Option<ArgValueCompleter> {
    type Find = fn(&Scene, &str) -> Vec<CompletionCandidate>;
    let find: Find = match (verb, argument.get_id().as_str()) {
        ("get" | "delete" | "logs" | "test" | "doctor" | "export", "name")
        | ("update", "webhook") => Scene::webhooks,
        ("mock deliveries", "webhook") => |scene, _| scene.look(&Query::Webhooks),
        (_, "deployment") => |scene, _| scene.look(&Query::Objects(ObjectType::Deployment)),
        (_, "pipeline") => |scene, _| scene.look(&Query::Objects(ObjectType::Pipeline)),
        (_, "experiment") => |scene, _| scene.look(&Query::Experiments),
        ("create" | "test", "version") => Scene::versions,
        (_, "event") => Scene::events,
        (_, "object_type") => |_, _| ObjectType::ALL.map(|t| t.as_str().into()).into(),
        (_, "project") => |scene, _| scene.look(&Query::Projects),
        (_, "profile") => |scene, _| scene.look(&Query::Profiles),
        ("update", "remove_header") => |scene, _| scene.of_webhook(Query::Headers),
        ("update", "remove_label") => |scene, _| scene.of_webhook(Query::LabelKeys),
        (_, "label") => |scene, _| scene.look(&Query::Labels),
        (_, "secret_header") => Scene::secret_header,
        ("help", "topic") => |scene, _| scene.topics(),
        _ => return None,
    };
    let scene = scene.clone();
    Some(ArgValueCompleter::new(move |current: &OsStr| {
        scene.asked.store(true, Ordering::Relaxed);
        let current = current.to_string_lossy();
        let mut found = find(&scene, &current);
        // On its own it would be parsed as an option, chosen by whoever named the object.
        let is_value = scene.line.escaped() || scene.line.current() != current;
        found.retain(|candidate| {
            let value = candidate.get_value().to_string_lossy();
            value.starts_with(&*current) && (is_value || !value.starts_with('-'))
        });
        found
    }))
}

impl Scene {
    /// Names from the platform, the mock or the settings file; empty if anything is missing.
    fn look(&self, wish: &Query) -> Vec<CompletionCandidate> {
        live::look(wish, &self.line, &self.env)
            .unwrap_or_default()
            .into_iter()
            .map(|(name, help)| live(name).help(help.map(Into::into)))
            .collect()
    }

    /// The commands and topics of `help`.
    fn topics(&self) -> Vec<CompletionCandidate> {
        let (tree, before) = (tree::command(VERBS), self.line.all("topic"));
        let mut words = before.iter();
        let command = words.try_fold(&tree, |command, word| command.find_subcommand(word));
        command.map_or_else(Vec::new, |command| pages::words(command, &before))
    }

    fn webhooks(&self, _current: &str) -> Vec<CompletionCandidate> {
        let named = [self.line.all("name"), self.line.all("webhook")].concat();
        let mut found = self.look(&Query::Webhooks);
        found.retain(|candidate| {
            !named
                .iter()
                .any(|name| candidate.get_value() == name.as_str())
        });
        found
    }

    fn versions(&self, _current: &str) -> Vec<CompletionCandidate> {
        let of = |object_type: ObjectType| {
            let name = self.line.last(object_type.as_str())?;
            Some(Query::Versions(object_type, name.to_owned()))
        };
        let wish = ObjectType::ALL.into_iter().find_map(of);
        wish.map(|wish| self.look(&wish)).unwrap_or_default()
    }

    /// Short names, and full names that begin with what is typed.
    fn events(&self, current: &str) -> Vec<CompletionCandidate> {
        let told = |name: &'static str, phase: Phase| {
            let help = format!("a request {}", phase.happening());
            CompletionCandidate::new(name).help(Some(help.into()))
        };
        let short = Phase::ALL.map(|phase| told(phase.as_str(), phase));
        let named = |id: &str| self.line.last(id).is_some();
        let object_type = if named("pipeline") {
            Some(ObjectType::Pipeline)
        } else if named("deployment") || named("experiment") {
            Some(ObjectType::Deployment)
        } else {
            None
        };
        let full = Event::all()
            .filter(|event| {
                !current.is_empty() && object_type.is_none_or(|t| t == event.object_type)
            })
            .map(|event| told(event.as_str(), event.phase));
        short.into_iter().chain(full).collect()
    }

    /// Looks up something of the webhook that is named earlier on the line.
    fn of_webhook(&self, wish: fn(String) -> Query) -> Vec<CompletionCandidate> {
        let name = self.line.last("webhook").or(self.line.last("name"));
        name.map_or_else(Vec::new, |name| self.look(&wish(name.to_owned())))
    }

    /// Completes a header name, then the source of its value.
    fn secret_header(&self, current: &str) -> Vec<CompletionCandidate> {
        const SOURCES: [(&str, &str); 5] = [
            ("prompt", "hidden input"),
            ("env:", "an environment variable"),
            ("file:", "a file"),
            ("stdin", "standard input"),
            ("cmd:", "the output of a command"),
        ];
        let Some((name, source)) = current.split_once('=') else {
            let mut names = match self.line.verb() {
                "update" | "test" => self.of_webhook(Query::Headers),
                _ => Vec::new(),
            };
            let is_usual =
                |name: &CompletionCandidate| name.get_value().eq_ignore_ascii_case("Authorization");
            if !names.iter().any(is_usual) {
                names.push("Authorization".into());
            }
            return names
                .iter()
                .filter_map(|name| {
                    // A name such as `X=env:TOKEN` would also specify a source.
                    let header: HeaderName = name.get_value().to_str()?.parse().ok()?;
                    let value = format!("{}=", header.as_str());
                    Some(CompletionCandidate::new(value).help(name.get_help().cloned()))
                })
                .collect();
        };
        let after = |text: &str| OsString::from(format!("{name}={text}"));
        if let Some(start) = source.strip_prefix("file:") {
            let paths = PathCompleter::any().complete(OsStr::new(start));
            return paths
                .into_iter()
                .map(|path| path.add_prefix(after("file:")))
                .collect();
        }
        if source.starts_with("env:") {
            let mut names: Vec<_> = self
                .env
                .iter()
                .filter_map(|(name, _)| name.to_str())
                .collect();
            names.sort_unstable();
            return names
                .iter()
                .map(|name| after(&format!("env:{name}")).into())
                .collect();
        }
        SOURCES
            .iter()
            .map(|(source, help)| {
                CompletionCandidate::new(after(source)).help(Some((*help).into()))
            })
            .collect()
    }
}
