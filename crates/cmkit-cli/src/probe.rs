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
    let seal = sealing.as_ref().and_then(Error::refusal).cloned().map_or(Answer::Allowed, Answer::Refused);
    text.push_str(&seal.line("seal"));
    text.push_str(&answers.unwrap.line("open"));
    if answers.unwrap == Answer::Allowed {
        text.push_str(
            "note: that it unwraps does not say that the key is in date: an expired key goes on to unwrap, and wraps nothing\n",
        );
    }
    print(&text)?;
    let good = sealing.is_none() && answers.unwrap == Answer::Allowed;
    Ok(if good { Exit::Good } else { Exit::KeyUnavailable })
}

/// What a key answers to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Answer {
    Allowed,
    Refused(Refusal),
    /// It could not be asked: it takes a version, and without `get` nobody names one.
    Unknown,
}

/// What a key answers to each question.
pub(crate) struct Answers {
    /// The version that was asked about.
    key: KeyUri,
    get: Answer,
    wrap: Answer,
    unwrap: Answer,
}

impl Answers {
    /// Asks whatever a service asks of a key.
    pub(crate) fn of(provider: &impl Provider, key: &KeyUri) -> Result<Self, Failure> {
        let ask = |request: KeyRequest| -> Result<Option<KeyReply>, Failure> {
            let unnamed = !matches!(request, KeyRequest::Resolve { .. }) && request.key().version().is_none();
            match provider.ask(&request) {
                Ok(reply) => Ok(Some(reply)),
                // A local vault takes the newest version; Key Vault is never asked without one.
                Err(error) if unnamed && is_invalid_argument(&*error) => Ok(None),
                Err(error) => Err(Failure::from(Error::provider(error))),
            }
        };
        // Without `get` nobody says what kind of key it is; what wraps and unwraps is judged before the algorithm.
        let (mut key, mut algorithm) = (key.clone(), WrapAlgorithm::RsaOaep256);
        let get = match ask(KeyRequest::Resolve { key: key.clone() })? {
            Some(KeyReply::Resolved(state)) => {
                key = state.key;
                if state.material == KeyMaterial::Symmetric {
                    algorithm = WrapAlgorithm::A256Kw;
                }
                Answer::Allowed
            }
            Some(KeyReply::Refused(refusal)) if refusal.reason == "BadParameter" => {
                // The key is of a type that does neither.
                let refused = Answer::Refused(refusal);
                return Ok(Self { key, get: Answer::Allowed, wrap: refused.clone(), unwrap: refused });
            }
            Some(KeyReply::Refused(refusal)) => Answer::Refused(refusal),
            _ => return Err(unexpected()),
        };
        let dek = Secret::from_slice(&[0; 32]); // protects nothing
        let (wrapped, wrap) = match ask(KeyRequest::Wrap { key: key.clone(), algorithm, dek })? {
            Some(KeyReply::Wrapped(wrapped)) => (wrapped, Answer::Allowed),
            Some(KeyReply::Refused(refusal)) if refusal.reason == "BadParameter" => (vec![0; 256], Answer::Allowed),
            Some(KeyReply::Refused(refusal)) => (vec![0; 256], Answer::Refused(refusal)),
            None => (vec![0; 256], Answer::Unknown),
            _ => return Err(unexpected()),
        };
        let unwrap = match ask(KeyRequest::Unwrap { key: key.clone(), algorithm, wrapped, cache_id: [0; 32] })? {
            Some(KeyReply::Unwrapped(_)) => Answer::Allowed,
            // It did try: nothing but the ciphertext was wrong.
            Some(KeyReply::Refused(refusal)) if refusal.kind == RefusalKind::WrongCiphertext => Answer::Allowed,
            Some(KeyReply::Refused(refusal)) => Answer::Refused(refusal),
            None => Answer::Unknown,
            _ => return Err(unexpected()),
        };
        Ok(Self { key, get, wrap, unwrap })
    }

    /// A line for each question.
    pub(crate) fn lines(&self) -> String {
        self.get.line("get") + &self.wrap.line("wrapKey") + &self.unwrap.line("unwrapKey")
    }

    /// Whether every question was answered with yes.
    pub(crate) fn good(&self) -> bool {
        [&self.get, &self.wrap, &self.unwrap].into_iter().all(|answer| *answer == Answer::Allowed)
    }
}

impl Answer {
    fn line(&self, question: &str) -> String {
        match self {
            Self::Allowed => format!("{question:<10} allowed\n"),
            Self::Refused(Refusal { reason, message, mend, .. }) => {
                let mend = mend.as_ref().map(|mend| format!(": {mend}")).unwrap_or_default();
                format!("{question:<10} refused  {reason}: {message}{mend}\n")
            }
            Self::Unknown => {
                format!("{question:<10} unknown  it takes a version, and without `get` none is known: name it\n")
            }
        }
    }
}

fn is_invalid_argument(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<Error>().is_some_and(|error| error.code() == Code::InvalidArgument)
}

fn unexpected() -> Failure {
    Failure::new(Exit::Internal, "the vault answered something else than what it was asked")
}
