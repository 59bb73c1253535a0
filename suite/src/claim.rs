//! The names of the breaks that a rule can find, and those that more than one place uses.

/// One way to break a rule, in kebab-case: stable, and unique within its rule.
///
/// A plain text rather than a type of its own: judges, defects, replay files and reports write it as a literal. It is
/// kept right by [`Rule::claims`](crate::rule::Rule::claims), with which every finding is compared.
pub type Claim = &'static str;

/// The server stopped answering. Made by the run under whichever rule it happens, so no rule declares it.
pub const ALIVE: Claim = "alive";
/// A limiter lets no more pushes through. Made by the run for its rule, whichever play meets it.
pub const LIMITED: Claim = "limited";
/// More effects than pushes call for.
pub const TWICE: Claim = "twice";
/// Too many effects that forged pushes may have led to. Where a rule about forgeries is broken too, the run leaves it to
/// that rule; otherwise it is reported as [`TWICE`].
pub const FORGED_OR_TWICE: Claim = "forged-or-twice";
/// Fewer effects than pushes call for.
pub const LOST: Claim = "lost";
/// A message whose MsgId is another's plus one was swallowed.
pub const NEXT_ID: Claim = "next-id";
/// The same, where they differ beyond 32 bits.
pub const NEXT_WORD: Claim = "next-word";
/// A reply that cannot be parsed once a user's text is odd. Where `reply/well-formed` is broken too, the run leaves it to
/// that rule.
pub const MALFORMED_REPLY: Claim = "malformed-reply";
/// A list of articles that all replies share. Where it is found, too many articles are told by it.
pub const SHARED_LIST: Claim = "shared-list";
/// More articles than a reply may have.
pub const ARTICLES: Claim = "articles";
/// One user's reply reached another, in whichever play.
pub const OTHER_USER: Claim = "other-user";
/// A reply is in clear where it must be sealed.
pub const PLAIN_REPLY: Claim = "plain-reply";
