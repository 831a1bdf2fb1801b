//! Test runs: a dummy event to a callback that need belong to no webhook.

use std::time::Duration;

use axum::http::StatusCode;
use uuid::Uuid;

use crate::{
    mock::{
        Caused,
        body::{Body, Names},
        handlers::{Result, State, answer, check_project},
        rules,
        store::{
            deliveries,
            deliveries::{Call, NewDelivery},
            objects, tests,
        },
    },
    model::{
        header::Content,
        invalid::Invalid,
        name::VersionName,
        payload::{Payload, RequestStatus, Subject},
        secret::Secret,
        test_run::{NewTest, TestRun, TestStatus},
        timeout::Timeout,
    },
};

pub(super) async fn create(platform: State, Names(project): Names<String>, body: Body) -> Result {
    check_project(&project)?;
    let new = body.read::<NewTest>()?;
    check(&new)?;
    let tries = if new.retry == Some(true) {
        rules::TRIES
    } else {
        1
    };
    let seconds = new.timeout.unwrap_or(Timeout::DEFAULT).seconds();
    let pauses = Duration::from_millis(rules::PAUSES_MS.iter().sum());
    let at_most = Duration::from_secs(seconds.into()) * tries.into() + pauses;
    let id = Uuid::new_v4().to_string();
    let run = TestRun {
        id: id.clone(),
        status: TestStatus::Pending,
        error_message: None,
    };
    let store = &platform.store;
    let delivery = store
        .write(move |c| {
            let version = new.version.as_ref().map(VersionName::as_str);
            let subject = objects::subject(c, new.object_type, new.object_name.as_str(), version)?;
            let delivery = deliveries::create(c, &dummy(new, &subject, tries))?;
            tests::create(c, &id, delivery)?;
            Ok(delivery)
        })
        .await?;
    platform.queue(Caused { delivery, at_most });
    Ok(answer(StatusCode::CREATED, &run))
}

fn check(new: &NewTest) -> std::result::Result<(), Invalid> {
    new.check()?;
    rules::check_url(&new.url)?;
    let headers = new.headers.as_deref().unwrap_or_default();
    rules::check_headers(headers)?;
    rules::check_values(headers)
}

/// The dummy event: real ids and names of the object, of a request that never was.
fn dummy(new: NewTest, subject: &Subject, tries: u8) -> NewDelivery {
    let request_id = Uuid::new_v4().to_string();
    let result = rules::test_result();
    let payload = Payload {
        event: new.event,
        subject,
        request_id: &request_id,
        status: RequestStatus::of(new.event.phase),
        result: new.include_result.unwrap_or(false).then_some(&result),
    };
    let headers = new.headers.unwrap_or_default().into_iter();
    let headers = headers.filter_map(|header| {
        let value = match header.content {
            Content::Plain(value) => Secret::new(value.as_str()),
            Content::Protected(value) => value?,
        };
        Some((header.key.into(), value))
    });
    NewDelivery {
        event: new.event,
        call: Call {
            url: new.url,
            headers: headers.collect(),
            body: payload.to_bytes(),
            timeout: new.timeout.unwrap_or(Timeout::DEFAULT),
        },
        request_id,
        tries,
    }
}

pub(super) async fn detail(
    platform: State,
    Names((project, id)): Names<(String, String)>,
) -> Result {
    check_project(&project)?;
    let run = platform.store.read(|c| tests::find(c, &id))?;
    Ok(answer(StatusCode::OK, &run))
}
