//! Whether this server has its database to itself, for work that only the server of a database may do. If another server has it, calls continue, but
//! campaigns of both would call more people at once than they may, a judge model would be paid twice, and what one deletes in the database would stay
//! on the other's disk.

use std::future::pending;

use cordboard_actors::lasting;
use tokio::sync::watch;
use tracing::warn;

/// State of the lock that keeps other servers from the database, as far as its watch knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// No other server uses the database.
    Ours,
    /// The lock was lost. Another server may take the database at any moment.
    Lost,
    /// Another server has taken it.
    Taken,
}

/// Follows the lock of the database.
#[derive(Clone, Debug)]
pub struct DatabaseHold(watch::Receiver<Hold>);

impl Default for DatabaseHold {
    /// The hold on a database that no other server can take.
    fn default() -> Self {
        Self(watch::channel(Hold::Ours).1)
    }
}

impl DatabaseHold {
    /// Makes a hold that follows its watch.
    pub fn watched(by: watch::Receiver<Hold>) -> Self {
        Self(by)
    }

    /// Whether no other server uses the database.
    pub fn is_ours(&self) -> bool {
        *self.0.borrow() == Hold::Ours
    }

    /// Whether another server has taken it.
    pub fn is_taken(&self) -> bool {
        *self.0.borrow() == Hold::Taken
    }

    /// Runs work to its end as [`lasting::last`] does, but not while another server has the database. When one takes it, the work is dropped where it
    /// waits. It begins anew once the database is ours again.
    pub async fn unless_taken(mut self, job: &'static str, mut work: impl AsyncFnMut()) {
        loop {
            self.until(|hold| hold != Hold::Taken).await;
            tokio::select! {
                biased;
                () = self.until(|hold| hold == Hold::Taken) => {
                    warn!(job, "a background task rests while another server has the database");
                }
                () = lasting::last(job, &mut work) => return,
            }
        }
    }

    /// Waits until this holds; forever if the watch has ended before.
    async fn until(&mut self, holds: fn(Hold) -> bool) {
        if self.0.wait_for(|hold| holds(*hold)).await.is_err() {
            pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn work_rests_while_another_server_has_the_database() {
        let (lock, watched) = watch::channel(Hold::Ours);
        let hold = DatabaseHold::watched(watched);
        let states = async {
            for state in [Hold::Lost, Hold::Taken, Hold::Ours] {
                sleep(Duration::from_secs(10)).await;
                lock.send(state).unwrap();
                assert_eq!((hold.is_ours(), hold.is_taken()), (state == Hold::Ours, state == Hold::Taken));
            }
        };
        let (began, mut done_at) = (Instant::now(), Vec::new());
        let work = async || {
            for _ in 0..2 {
                sleep(Duration::from_secs(12)).await;
                done_at.push(began.elapsed().as_secs());
            }
        };
        tokio::join!(states, hold.clone().unless_taken("a job", work));
        assert_eq!(done_at, [12, 42, 54], "from its beginning, once the database is ours again");
    }

    #[tokio::test(start_paused = true)]
    async fn work_on_a_database_of_one_server_is_never_interrupted() {
        let mut is_done = false;
        DatabaseHold::default().unless_taken("a job", async || is_done = true).await;
        assert!(is_done);
    }
}
