//! An account and its roles, checked deep inside.

use std::cell::RefCell;
use std::fmt;

use crate::scope::{current, with};

/// Who is acting, and what they may do.
#[derive(Clone, Debug)]
pub struct Account {
    /// The account's name.
    pub name: String,
    /// Its roles, such as `"teacher"`.
    pub roles: Vec<String>,
}

/// The account that acts lacks a role, or nobody acts.
#[derive(Debug, PartialEq, Eq)]
pub struct Denied {
    /// Whose account it is; `None` if nobody has logged in on this thread.
    pub name: Option<String>,
    /// The role that was needed.
    pub role: String,
}

thread_local! {
    static ACCOUNT: RefCell<Option<Account>> = const { RefCell::new(None) };
}

/// Calls `run` with `account` as the one that acts on this thread.
///
/// ```
/// use thread_local::roles::{Account, act_as, grade};
///
/// let alice = Account { name: "Alice".into(), roles: vec!["teacher".into()] };
/// assert_eq!(act_as(alice, || grade("Bob")).unwrap(), "Alice grades Bob");
/// assert!(grade("Bob").is_err()); // nobody acts any more
/// ```
pub fn act_as<R>(account: Account, run: impl FnOnce() -> R) -> R {
    with(&ACCOUNT, account, run)
}

/// Something that only a teacher may do.
///
/// # Errors
///
/// [`Denied`] if the account that acts on this thread isn't a teacher's.
pub fn grade(student: &str) -> Result<String, Denied> {
    let teacher = require("teacher")?;
    Ok(format!("{} grades {student}", teacher.name))
}

fn require(role: &str) -> Result<Account, Denied> {
    let account = current(&ACCOUNT);
    let name = account.as_ref().map(|account| account.name.clone());
    account
        .filter(|account| account.roles.iter().any(|has| has == role))
        .ok_or_else(|| Denied { name, role: role.into() })
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} may not do this: it needs the role {:?}", self.role),
            None => write!(f, "nobody has logged in: this needs the role {:?}", self.role),
        }
    }
}

impl std::error::Error for Denied {}
