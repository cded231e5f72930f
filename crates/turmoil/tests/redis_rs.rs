//! redis-rs talks to the engine over turmoil's streams, through trouble.

use redis::AsyncCommands;
use resplay_base::Boot;
use resplay_engine::Server;
use resplay_turmoil::{Disk, connect, run, serve};
use std::future::Future;
use std::time::Duration;
use turmoil::{Builder, Sim};

/// A world with the server `cache`, until the client is done.
fn world() -> Sim<'static> {
    let mut sim = Builder::new().rng_seed(7).simulation_duration(Duration::from_secs(120)).build();
    sim.host("cache", || serve(Server::new(), 6379));
    sim
}

fn check(client: impl Future<Output = turmoil::Result> + 'static) {
    let mut sim = world();
    sim.client("app", client);
    sim.run().unwrap();
}

#[test]
fn commands_and_pipelines_are_answered() {
    check(async {
        let mut cache = connect("cache:6379").await?;
        let () = cache.set("a", 1).await?;
        let mut batch = redis::pipe();
        batch.incr("a", 1).hset("h", "x", "1").hlen("h");
        assert_eq!(batch.query_async::<(i64, i64, i64)>(&mut cache).await?, (2, 1, 1));
        Ok(())
    });
}

#[test]
fn a_request_held_by_the_network_times_out_and_after_the_release_the_connection_goes_on() {
    check(async {
        let mut cache = connect("cache:6379").await?;
        cache.set_response_timeout(Duration::from_secs(1));
        let () = cache.set("a", "before").await?;
        turmoil::hold("app", "cache");
        let held = cache.set::<_, _, ()>("a", "during").await;
        assert!(held.is_err_and(|why| why.is_timeout()));
        turmoil::release("app", "cache");
        tokio::time::sleep(Duration::from_secs(1)).await;
        // The client gave up, the network did not: a write in doubt has happened.
        assert_eq!(cache.get::<_, String>("a").await?, "during");
        Ok(())
    });
}

#[test]
fn a_partition_ends_a_stream_for_good_and_a_new_connection_goes_on() {
    check(async {
        let mut cache = connect("cache:6379").await?;
        cache.set_response_timeout(Duration::from_secs(1));
        let () = cache.set("a", "before").await?;
        turmoil::partition("app", "cache");
        assert!(cache.set::<_, _, ()>("a", "during").await.is_err());
        turmoil::repair("app", "cache");
        let mut again = connect("cache:6379").await?;
        assert_eq!(again.get::<_, String>("a").await?, "before");
        Ok(())
    });
}

#[test]
fn keys_expire_by_the_simulations_clock() {
    check(async {
        let mut cache = connect("cache:6379").await?;
        let () = cache.pset_ex("a", "x", 1_500).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(cache.exists::<_, bool>("a").await?);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!cache.exists::<_, bool>("a").await?);
        Ok(())
    });
}

#[test]
fn a_bounced_server_reads_its_append_only_file_back() {
    let disk = Disk::default();
    let mut sim = Builder::new().rng_seed(7).simulation_duration(Duration::from_secs(120)).build();
    sim.host("cache", move || {
        let words = "--protected-mode no --bind * --appendonly yes --appendfsync always";
        let args = words.split(' ').map(str::to_owned).collect();
        run(Server::new(), Boot { args, seed: 1, pid: 1, config: None }, disk.clone())
    });
    sim.client("writer", async {
        let mut cache = connect("cache:6379").await?;
        let () = cache.set("kept", "yes").await?;
        Ok(())
    });
    sim.run().unwrap();
    sim.bounce("cache");
    sim.client("reader", async {
        let mut cache = connect("cache:6379").await?;
        assert_eq!(cache.get::<_, String>("kept").await?, "yes");
        Ok(())
    });
    sim.run().unwrap();
}
