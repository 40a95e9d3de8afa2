//! Connections: accepted, with or without TLS, each served by a task of its own until it ends or is cut.

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio_rustls::TlsAcceptor;

/// Connections at a time. More wait.
const MOST: usize = 1024;
/// How long a client may take for the TLS handshake, and then for the head of a request.
const PATIENCE: Duration = Duration::from_secs(30);

/// Cuts the connection that a request came on, as a fault of the network does: no answer, a TCP reset.
#[derive(Clone, Default)]
pub(super) struct Cut(Arc<Notify>);

impl Cut {
    pub(super) fn now(&self) {
        self.0.notify_one();
    }
}

/// Serves every connection of a listener, for as long as the runtime lives.
pub(super) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, app: Router) {
    let room = Arc::new(Semaphore::new(MOST));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some will come back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (tls, app) = (tls.clone(), app.clone());
        tokio::spawn(async move {
            serve(stream, tls, app).await;
            drop(permit);
        });
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, app: Router) {
    let _ = stream.set_nodelay(true); // answers are small: waiting to send more only delays them
    let Some(tls) = tls else {
        converse(stream, app).await;
        return;
    };
    // A failed handshake is the client's to report.
    let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, tls.accept(stream)).await else { return };
    if let Some(stream) = converse(stream, app).await {
        // Closing without a word more: with nothing to linger for, the system sends a reset.
        let _ = stream.get_ref().0.set_zero_linger();
    }
}

/// Answers requests until the connection ends. Gives it back if it is to be cut.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(stream: S, app: Router) -> Option<S> {
    let cut = Cut::default();
    let service = TowerToHyperService::new(app.layer(Extension(cut.clone())));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = &mut connection => None, // how it ended is the client's to report
        () = cut.0.notified() => Some(connection.into_parts().io.into_inner()),
    }
}
