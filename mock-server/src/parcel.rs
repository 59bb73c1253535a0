//! A push from its first delivery to its end: the one loop in which pushes are delivered, and delivered again.

use std::time::Duration;

use crate::delivery::{Delivery, Heard, Next};

/// A push on its way. Whoever sends it says how; when it is sent again, and how often, is the same for all.
pub trait Parcel {
    /// The reason that it cannot be sent at all.
    type Error;

    /// Delivers it once more, after so many deliveries. A repeat has the bytes of the first; one that comes after a pause
    /// of the push's own ([`Delivery::has_pauses`]) is signed anew.
    fn send(&mut self, before: u8) -> impl Future<Output = Result<Heard, Self::Error>>;

    /// Lets a pause of the push's own pass.
    fn pause(&mut self, pause: Duration) -> impl Future<Output = ()>;
}

/// Delivers a push until it has arrived or is given up.
pub async fn deliver<P: Parcel>(
    parcel: &mut P,
    mut delivery: Delivery<'_>,
) -> Result<Next, P::Error> {
    loop {
        let heard = parcel.send(delivery.attempts()).await?;
        match delivery.hear(heard) {
            Next::Again(Duration::ZERO) => {}
            Next::Again(pause) => parcel.pause(pause).await,
            end => return Ok(end),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use tokio::time::{Instant, sleep};
    use wxcheck_protocol::account::Account;

    use super::*;
    use crate::{Policy, catalogue::Catalogue};

    /// Notes when it was sent, in seconds, and how often before.
    struct Noted {
        begun: Instant,
        heard: Heard,
        sent: Vec<(u64, u8)>,
    }

    impl Parcel for Noted {
        type Error = Infallible;

        async fn send(&mut self, before: u8) -> Result<Heard, Infallible> {
            self.sent.push((self.begun.elapsed().as_secs(), before));
            Ok(self.heard)
        }

        async fn pause(&mut self, pause: Duration) {
            sleep(pause).await;
        }
    }

    async fn deliveries(name: &str, account: Account, policy: Policy, heard: Heard) -> Noted {
        let entry = Catalogue::built_in().unwrap().find(name, account).unwrap();
        let mut parcel = Noted {
            begun: Instant::now(),
            heard,
            sent: Vec::new(),
        };
        let delivery = Delivery::new(policy, &entry.retry_after);
        let Ok(end) = deliver(&mut parcel, delivery).await;
        assert_eq!(end, Next::GivenUp);
        parcel
    }

    #[tokio::test(start_paused = true)]
    async fn a_push_of_a_shop_comes_ten_times_within_four_hours() {
        let order = "channels_ec_order_pay";
        for heard in [Heard::WrongStatus, Heard::Nothing] {
            let seen = deliveries(order, Account::Shop, Policy::DOCUMENTED, heard).await;
            let at: Vec<u64> = seen.sent.iter().map(|(at, _)| *at).collect();
            assert_eq!(at, [0, 0, 0, 10, 70, 370, 2170, 5770, 9370, 12970]);
            let before: Vec<u8> = seen.sent.iter().map(|(_, before)| *before).collect();
            assert_eq!(before, (0..10).collect::<Vec<u8>>());
        }
        let seen = deliveries(order, Account::Shop, Policy::OBSERVED, Heard::Nothing).await;
        assert_eq!(seen.sent.len(), 3, "the observed policy knows no ladders");
    }

    #[tokio::test(start_paused = true)]
    async fn a_payment_comes_fifteen_times_with_doubling_pauses() {
        let payment = "xpay_goods_deliver_notify";
        let (account, policy) = (Account::Mini, Policy::DOCUMENTED);
        let seen = deliveries(payment, account, policy, Heard::Unaccepted).await;
        assert_eq!(seen.sent.len(), 15);
        assert_eq!(seen.sent.last(), Some(&((1 << 15) - 2, 14)));
    }
}
