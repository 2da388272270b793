package main

import (
	"context"
	"errors"
	"os/exec"

	"github.com/redis/go-redis/v9"
)

func redisMissing() string { return needs("redis-server", "redis-server") }

// redisServer is a Redis that writes nothing to disk.
func redisServer(dir string) (*exec.Cmd, string) {
	socket := dir + "/redis.sock"
	return exec.Command("redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no", "--dir", dir, "--daemonize", "no", "--logfile", dir+"/redis.log"), socket
}

// redisTable hands size operations over before it waits for answers.
type redisTable struct {
	client *redis.Client
	size   int
}

func openRedis(s *spec) (table, error)          { return dialRedis(s, 1) }
func openRedisPipelined(s *spec) (table, error) { return dialRedis(s, pipelined) }

func dialRedis(s *spec, size int) (table, error) {
	_, socket := redisServer(s.Dir)
	client := redis.NewClient(&redis.Options{Network: "unix", Addr: socket, PoolSize: 1, DisableIdentity: true})
	return &redisTable{client, size}, client.Ping(context.Background()).Err()
}

func (t *redisTable) do(b *batch) (int, error) { return t.exchange(b, t.size) }

func (t *redisTable) bulk(b *batch) error {
	_, err := t.exchange(b, batchSize)
	return err
}

func (t *redisTable) exchange(b *batch, size int) (present int, err error) {
	ctx := context.Background()
	for from := 0; from < b.n; from += size {
		pipe := t.client.Pipeline()
		for i := from; i < min(from+size, b.n); i++ {
			k := string(b.keys[i][:])
			switch b.kinds[i] {
			case opGet:
				pipe.Get(ctx, k)
			case opPut:
				pipe.Set(ctx, k, b.value, 0)
			case opDelete:
				pipe.Del(ctx, k)
			}
		}
		answers, err := pipe.Exec(ctx)
		if err != nil && !errors.Is(err, redis.Nil) {
			return present, err
		}
		for _, a := range answers {
			switch a := a.(type) {
			case *redis.StringCmd:
				if a.Err() == nil {
					present++
				}
			case *redis.IntCmd:
				present += int(a.Val())
			}
		}
	}
	return present, nil
}

func (t *redisTable) close() error { return t.client.Close() }
