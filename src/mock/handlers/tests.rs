//! Test runs: a dummy event to a callback that need not belong to a webhook.

use std::time::Duration;

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    deliver::PAUSES_MS,
    mock::{
        body::Body,
        hub::{CausedDelivery, State},
        refusal::Result,
        reply::answer,
        rules,
        store::{
            callbacks::{self, Callback},
            objects, tests,
        },
        uri::Names,
    },
    model::{
        header::Content,
        invalid::Invalid,
        name::VersionName,
        secret::Secret,
        test_run::{self, NewTest, TestRun, TestStatus},
        timeout::Timeout,
    },
};

pub(crate) async fn create(hub: State, _: Names, body: Body) -> Result {
    let new = body.read::<NewTest>()?;
    check(&new)?;
    hub.own_address.check(&new.url)?;
    let tries = test_run::tries(new.retry == Some(true));
    let seconds = new.timeout.unwrap_or(Timeout::DEFAULT).seconds();
    let pauses = Duration::from_millis(PAUSES_MS.iter().sum());
    let at_most = Duration::from_secs(seconds.into()) * tries.into() + pauses;
    let id = Uuid::new_v4().to_string();
    let event = new.event;
    let run = TestRun {
        id: id.clone(),
        status: TestStatus::Pending,
        error_message: None,
    };
    let caused = hub
        .store
        .write(move |c| {
            let version = new.version.as_ref().map(VersionName::as_str);
            let subject = objects::subject(c, new.object_type, new.object_name.as_str(), version)?;
            let with_result = new.include_result.unwrap_or(false);
            let protected = protected(&new);
            let is_protected = |name: &str| protected.iter().any(|one| one == name);
            let callback = callbacks::create(c, &callback(new, tries), is_protected)?;
            Ok(CausedDelivery {
                delivery: tests::create(c, &id, callback, event, &subject, with_result)?,
                lane: callback.lane,
                at_most,
            })
        })
        .await?;
    hub.caused(caused);
    Ok(answer(StatusCode::CREATED, &run))
}

fn check(new: &NewTest) -> std::result::Result<(), Invalid> {
    new.check()?;
    rules::check_url(&new.url)?;
    let headers = new.headers.as_deref().unwrap_or_default();
    rules::check_headers(headers)?;
    rules::check_values(headers)
}

/// The names of its protected headers.
fn protected(new: &NewTest) -> Vec<String> {
    let headers = new.headers.iter().flatten();
    let protected = headers.filter(|header| matches!(header.content, Content::Protected(_)));
    protected.map(|header| header.key.to_string()).collect()
}

fn callback(new: NewTest, tries: u8) -> Callback {
    let headers = new.headers.unwrap_or_default().into_iter();
    let headers = headers.filter_map(|header| {
        let value = match header.content {
            Content::Plain(value) => Secret::unscrubbed(value.as_str()),
            Content::Protected(value) => value?,
        };
        Some((header.key.into(), value))
    });
    Callback {
        url: new.url,
        headers: headers.collect(),
        timeout: new.timeout.unwrap_or(Timeout::DEFAULT),
        tries,
    }
}

pub(crate) async fn detail(hub: State, names: Names) -> Result {
    let run = hub.store.read(|c| tests::find(c, names.get("test")))?;
    Ok(answer(StatusCode::OK, &run))
}
