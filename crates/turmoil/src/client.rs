//! redis-rs over turmoil's streams.

use redis::aio::MultiplexedConnection;
use redis::{RedisConnectionInfo, RedisResult};
use turmoil::ToSocketAddrs;
use turmoil::net::TcpStream;

/// Connects from inside a turmoil host or client. The connection's driver runs as a task of that host. A response
/// is awaited forever, unless `set_response_timeout` says for how long.
pub async fn connect(to: impl ToSocketAddrs) -> RedisResult<MultiplexedConnection> {
    let stream = TcpStream::connect(to).await?;
    let (connection, driver) = MultiplexedConnection::new(&RedisConnectionInfo::default(), stream).await?;
    tokio::task::spawn_local(driver);
    Ok(connection)
}
