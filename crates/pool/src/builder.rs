//! What a pool is to be like, and how a worker finds its task.

use std::any::{TypeId, type_name};
use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use task_utils::frame;
use task_utils::handover::Call;
use task_utils::self_spawn::Role;

use crate::error::Error;
use crate::ignore_poison;
use crate::pool::Pool;

/// The tasks for which this process has called [`run_if_worker`](crate::run_if_worker).
static ENTRY_CHECKS: Mutex<BTreeSet<TypeId>> = Mutex::new(BTreeSet::new());

pub(crate) fn note_entry_check<F: 'static>() {
    ignore_poison(ENTRY_CHECKS.lock()).insert(TypeId::of::<F>());
}

/// The name is that of no other function in the program: two in different blocks have the same `type_name`.
pub(crate) fn role<F: 'static>() -> Role {
    Role::new("pool", format!("{} {:?}", type_name::<F>(), TypeId::of::<F>()))
}

/// How workers are started and used.
pub(crate) struct Config {
    pub role: Role,
    pub task: &'static str,
    pub has_entry_check: bool,
    pub processes: usize,
    pub max_tasks: Option<usize>,
    pub task_timeout: Option<Duration>,
    /// What a worker calls before its first task, and the bytes of the argument.
    pub initializer: Option<Call>,
    pub initargs: Vec<u8>,
}

/// What a pool is to be like: [`Pool::builder`].
#[must_use = "`build` starts the pool"]
pub struct Builder<T, R> {
    config: Config,
    /// What makes it impossible.
    error: Option<Error>,
    task: PhantomData<fn(T) -> R>,
}

impl<T: Serialize + DeserializeOwned, R: Serialize + DeserializeOwned> Builder<T, R> {
    pub(crate) fn new<F: Fn(T) -> R + 'static>() -> Self {
        let task = type_name::<F>();
        // A function inside a closure or an `async fn` has that in its path, too.
        let plain = size_of::<F>() == 0 && !task.ends_with("{{closure}}");
        let checks = ignore_poison(ENTRY_CHECKS.lock());
        let config = Config {
            role: role::<F>(),
            task,
            has_entry_check: checks.contains(&TypeId::of::<F>()),
            processes: thread::available_parallelism().map_or(1, |n| n.get()),
            max_tasks: None,
            task_timeout: None,
            initializer: None,
            initargs: Vec::new(),
        };
        let error = (!plain).then_some(Error::NotAPlainFn(task));
        Builder { config, error, task: PhantomData }
    }

    /// How many workers; the default is one for each core that the machine has.
    pub fn processes(mut self, processes: usize) -> Self {
        self.config.processes = processes;
        self
    }

    /// Replaces a worker by a new one after so many tasks (at least 1), against leaks in a task:
    /// `maxtasksperchild`.
    pub fn max_tasks_per_child(mut self, tasks: usize) -> Self {
        self.config.max_tasks = Some(tasks.max(1));
        self
    }

    /// Ends each task that takes longer than this, counted from when a worker gets it: the worker is
    /// killed and replaced, and the task returns [`TaskError::TimedOut`](crate::TaskError::TimedOut).
    /// No other task is lost. Programs that the task has started go on.
    ///
    /// With a time limit workers get one task at a time, which takes some 10 µs more for each.
    pub fn task_timeout(mut self, timeout: Duration) -> Self {
        self.config.task_timeout = Some(timeout);
        self
    }

    /// What each worker runs before its first task, on the thread that will run the tasks:
    /// `Pool(initializer=…)`. A plain function, as the task: one that captures a value doesn't compile. A panic
    /// in it is [`Error::Initializer`].
    pub fn initializer(self, initializer: impl Fn() + Copy + Send + Sync + 'static) -> Self {
        self.initializer_with(move |()| initializer(), &())
    }

    /// [`initializer`](Self::initializer) with an argument: `Pool(initializer=…, initargs=(argument,))`.
    ///
    /// ```
    /// # use pool::Pool;
    /// use std::cell::RefCell;
    ///
    /// thread_local! { static GREETING: RefCell<String> = const { RefCell::new(String::new()) } }
    ///
    /// fn set_greeting(greeting: String) {
    ///     GREETING.set(greeting);
    /// }
    ///
    /// fn greet(name: String) -> String {
    ///     GREETING.with_borrow(|greeting| format!("{greeting} {name}"))
    /// }
    ///
    /// fn main() -> Result<(), pool::Error> {
    ///     pool::run_if_worker(greet);
    ///     let pool = Pool::builder(greet).initializer_with(set_greeting, &"Hello".into()).build()?;
    ///     assert_eq!(pool.apply("Alice".into())?, "Hello Alice");
    ///     Ok(())
    /// }
    /// ```
    pub fn initializer_with<A, F>(mut self, initializer: F, argument: &A) -> Self
    where
        A: Serialize + DeserializeOwned,
        F: Fn(A) + Copy + Send + Sync + 'static,
    {
        self.config.initializer = Some(Call::new(initializer));
        self.config.initargs.clear();
        if let Err(error) = frame::encode(argument, &mut self.config.initargs) {
            self.error = Some(Error::Initializer(error.to_string()));
        }
        self
    }

    /// Starts the workers and returns when they are ready.
    ///
    /// # Errors
    ///
    /// As [`Pool::new`], and [`Error::Initializer`]. No process is left behind then.
    pub fn build(self) -> Result<Pool<T, R>, Error> {
        self.error.map_or(Ok(()), Err)?;
        if let Some(role) = Role::unserved() {
            // A worker that runs `main`, for a task whose entry check is missing.
            let task = role.name().rsplit_once(' ').map_or(role.name(), |(task, _)| task);
            return Err(Error::NoEntryCheck(task.into()));
        }
        if self.config.processes == 0 {
            return Err(Error::NoProcesses);
        }
        Pool::start(self.config)
    }
}
