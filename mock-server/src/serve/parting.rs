//! The end of a connection, so that its last answer is heard.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::timeout,
};

/// The time that the other side has to hear the last answer.
const LINGER: Duration = Duration::from_secs(1);

/// Says no more, and reads until the other side has ended too. Whoever was turned away may still be sending: for bytes that
/// nobody reads the system sends a reset, which takes the answer away that stands in front of it.
pub(super) async fn part(mut wire: impl AsyncRead + AsyncWrite + Unpin) {
    let hearing = async {
        wire.shutdown().await?;
        let mut rest = [0; 4096];
        while wire.read(&mut rest).await? > 0 {}
        io::Result::Ok(())
    };
    // Who takes longer, or is gone, is not waited for.
    let _ = timeout(LINGER, hearing).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_still_sent_is_read_and_nobody_is_waited_for_without_end() {
        let (near, mut far) = tokio::io::duplex(16);
        let parting = tokio::spawn(part(near));
        // More than fits: it is taken only because somebody reads it.
        far.write_all(&[0; 4096]).await.unwrap();
        assert_eq!(
            far.read(&mut [0; 8]).await.unwrap(),
            0,
            "nothing more comes"
        );
        assert!(!parting.is_finished());
        timeout(2 * LINGER, parting).await.unwrap().unwrap();
    }
}
