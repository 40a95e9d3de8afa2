//! `cmkit probe`, and `cmkit vault try` on the same questions: what a key answers whoever asks.

use crate::failure::{Exit, Failure};
use crate::output::print;
use crate::who::Who;
use clap::Args;
use cmkit::envelope::RecordOptions;
use cmkit::key::KeyUri;
use cmkit::operation::{KeyMaterial, KeyReply, KeyRequest, WrapAlgorithm};
use cmkit::secret::Secret;
use cmkit::{Code, Error, Provider, Refusal, RefusalKind};

const EXAMPLES: &str = "\
Examples:
  cmkit probe --azure managed-identity --key https://orders.vault.azure.net/keys/orders-kek
  cmkit probe --vault ./vault --as orders-app --key https://orders.vault.azure.net/keys/orders-kek

`get` is needed to seal, `unwrapKey` to open. `wrapKey` is needed under symmetric keys, and by services of Azure that use
the key themselves: under RSA cmkit wraps with the public key. The exit code is 5 where sealing or opening is refused.";

/// Ask a key whether this identity can seal and open under it.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    who: Who,
    /// The key, by its URL, with a version if it is about that one
    #[arg(long, value_name = "URL")]
    key: String,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let holders = arguments.who.open()?;
    let key = holders.key(&arguments.key)?;
    let answers = Answers::of(&holders.provider, &key)?;
    let mut text = format!("{}\n{}", answers.key, answers.lines());
    let sealing = match cmkit::generate_record(RecordOptions::new([key.into()]), &holders.provider) {
        Ok(_) => None,
        Err(error) if matches!(error.code(), Code::Denied | Code::Unavailable) => Some(error),
        Err(error) => return Err(error.into()),
    };
    text.push_str(&line("seal", sealing.as_ref().and_then(Error::refusal)));
    text.push_str(&line("open", answers.unwrap.as_ref()));
    if answers.unwrap.is_none() {
        text.push_str(
            "note: that it unwraps does not say that the key is in date: an expired key goes on to unwrap, and wraps nothing\n",
        );
    }
    print(&text)?;
    let good = sealing.is_none() && answers.unwrap.is_none();
    Ok(if good { Exit::Good } else { Exit::KeyUnavailable })
}

/// What a key answers to each question: nothing where it does it, or its refusal.
pub(crate) struct Answers {
    /// The version that was asked about.
    key: KeyUri,
    get: Option<Refusal>,
    wrap: Option<Refusal>,
    unwrap: Option<Refusal>,
}

impl Answers {
    /// Asks whatever a service asks of a key.
    pub(crate) fn of(provider: &impl Provider, key: &KeyUri) -> Result<Self, Failure> {
        let ask = |request: KeyRequest| -> Result<KeyReply, Failure> {
            provider.ask(&request).map_err(|error| Failure::from(Error::provider(error)))
        };
        // Without `get` nobody says what kind of key it is; what wraps and unwraps is judged before the algorithm.
        let (mut key, mut algorithm) = (key.clone(), WrapAlgorithm::RsaOaep256);
        let get = match ask(KeyRequest::Resolve { key: key.clone() })? {
            KeyReply::Resolved(state) => {
                key = state.key;
                if state.material == KeyMaterial::Symmetric {
                    algorithm = WrapAlgorithm::A256Kw;
                }
                None
            }
            KeyReply::Refused(refusal) => Some(refusal),
            _ => return Err(unexpected()),
        };
        if key.version().is_none() && get.is_some() {
            // Neither can be asked without a version, and nobody names one.
            return Ok(Self { key, wrap: get.clone(), unwrap: get.clone(), get });
        }
        let dek = Secret::from_slice(&[0; 32]); // protects nothing
        let (wrapped, wrap) = match ask(KeyRequest::Wrap { key: key.clone(), algorithm, dek })? {
            KeyReply::Wrapped(wrapped) => (wrapped, None),
            KeyReply::Refused(refusal) => (vec![0; 256], Some(refusal).filter(|it| it.reason != "BadParameter")),
            _ => return Err(unexpected()),
        };
        let unwrap = match ask(KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped, cache_id: [0; 32] })? {
            KeyReply::Unwrapped(_) => None,
            // It did try: nothing but the ciphertext was wrong.
            KeyReply::Refused(refusal) if refusal.kind == RefusalKind::WrongCiphertext => None,
            KeyReply::Refused(refusal) => Some(refusal),
            _ => return Err(unexpected()),
        };
        Ok(Self { key, get, wrap, unwrap })
    }

    /// A line for each question.
    pub(crate) fn lines(&self) -> String {
        line("get", self.get.as_ref()) + &line("wrapKey", self.wrap.as_ref()) + &line("unwrapKey", self.unwrap.as_ref())
    }

    pub(crate) const fn refused(&self) -> bool {
        self.get.is_some() || self.wrap.is_some() || self.unwrap.is_some()
    }
}

fn line(question: &str, refusal: Option<&Refusal>) -> String {
    let Some(Refusal { reason, message, mend, .. }) = refusal else { return format!("{question:<10} allowed\n") };
    let mend = mend.as_ref().map(|mend| format!(": {mend}")).unwrap_or_default();
    format!("{question:<10} refused  {reason}: {message}{mend}\n")
}

fn unexpected() -> Failure {
    Failure::new(Exit::Internal, "the vault answered something else than what it was asked")
}
