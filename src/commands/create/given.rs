//! What flags and file say of the webhook: the draft, if nothing is missing.

use crate::{
    args::Error,
    model::{
        draft::{self, Draft, DraftHeader, Options},
        event::EventName,
        labels::Labels,
        name::WebhookName,
        target::Target,
        url::CallbackUrl,
    },
};

/// A webhook of which anything may be missing.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub name: Option<WebhookName>,
    pub target: Option<Target>,
    pub event: Option<EventName>,
    pub url: Option<CallbackUrl>,
    pub headers: Vec<DraftHeader>,
    pub labels: Option<Labels>,
    pub options: Options,
}

impl Given {
    /// What a webhook can't do without and isn't said, as flags.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        [
            (self.name.is_none(), "NAME"),
            (
                self.target.is_none(),
                "--deployment, --pipeline or --experiment",
            ),
            (self.event.is_none(), "--event"),
            (self.url.is_none(), "--url"),
        ]
        .into_iter()
        .filter_map(|(missing, what)| missing.then_some(what))
        .collect()
    }

    /// The rules that hold for what is there already.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refused = |invalid: crate::model::invalid::Invalid| Error::new(invalid.with_field());
        if let Some(target) = &self.target {
            target.check().map_err(refused)?;
            if let Some(event) = self.event {
                event
                    .of(target.object_type)
                    .map_err(|invalid| Error::invalid("--event", &invalid))?;
            }
        }
        draft::check_headers(&self.headers).map_err(refused)
    }

    /// The draft, all rules checked.
    pub(super) fn draft(self) -> Result<Draft, Error> {
        let missing = self.missing();
        self.check()?;
        let (Some(name), Some(target), Some(event), Some(url)) =
            (self.name, self.target, self.event, self.url)
        else {
            return Err(Error::new(format!("missing: {}", missing.join(", "))).hint(
                "ubihook create NAME --pipeline PIPELINE --event failed --url URL, for one",
            ));
        };
        let event = event
            .of(target.object_type)
            .map_err(|invalid| Error::invalid("--event", &invalid))?;
        Ok(Draft {
            name,
            target,
            url,
            event,
            headers: self.headers,
            labels: self.labels,
            options: self.options,
        })
    }
}
