using System.Collections.Concurrent;

namespace IoTStream.Mqtt.Broker;

/// <summary>The open connections with the tasks that serve them. Thread-safe.</summary>
internal sealed class ConnectionSet
{
    private readonly ConcurrentDictionary<Connection, Task> _tasks = new();
    private int _open;
    private readonly ConcurrentQueue<Connection> _begun = new();
    private int _established;
    private int _pending;

    /// <summary>Connections of any kind, also those that have not come to CONNECT yet.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections of clients that have been let in.</summary>
    public int Established => Volatile.Read(ref _established);

    public IEnumerable<Connection> All => _tasks.Keys;

    /// <summary>Serves a connection. If more than so many have not been let in, the oldest of them is closed.</summary>
    public void Start(Connection connection, int mostPending)
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _pending);
        _begun.Enqueue(connection);
        CloseOldest(mostPending);
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _tasks[connection] = ServeAsync(connection, start.Task);
        start.SetResult();
    }

    public void CountEstablished(int change) => Interlocked.Add(ref _established, change);

    /// <summary>A connection has been let in, or has ended without.</summary>
    public void CountDecided() => Interlocked.Decrement(ref _pending);

    /// <summary>Closes all connections and waits until they are gone.</summary>
    public async Task CloseAsync(MqttReasonCode reasonCode)
    {
        foreach (Connection connection in All)
        {
            connection.Close(reasonCode);
        }

        await Task.WhenAll(_tasks.Values).ConfigureAwait(false);
    }

    // The queue has those that were let in, too, until they come to its front; it is never longer than by as many as there are.
    private void CloseOldest(int mostPending)
    {
        bool tooMany = Volatile.Read(ref _pending) > mostPending;
        while (_begun.TryPeek(out Connection? oldest) && (oldest.IsDecided || tooMany) && _begun.TryDequeue(out oldest))
        {
            if (!oldest.IsDecided)
            {
                oldest.Close(MqttReasonCode.ServerBusy);
                tooMany = false;
            }
        }
    }

    private async Task ServeAsync(Connection connection, Task start)
    {
        // Not before it is in the set: it removes itself.
        await start.ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await connection.RunAsync().ConfigureAwait(false);
        }

        _tasks.TryRemove(connection, out _);
        Interlocked.Decrement(ref _open);
    }
}
