using System.Collections.Concurrent;

namespace IoTStream.Mqtt.Broker;

/// <summary>The open connections with the tasks that serve them. Thread-safe.</summary>
internal sealed class ConnectionSet
{
    private readonly ConcurrentDictionary<Connection, Task> _tasks = new();
    private int _open;
    private int _established;

    /// <summary>Connections of any kind, also those that have not come to CONNECT yet.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Connections of clients that have been let in.</summary>
    public int Established => Volatile.Read(ref _established);

    public IEnumerable<Connection> All => _tasks.Keys;

    public void Start(Connection connection)
    {
        Interlocked.Increment(ref _open);
        var start = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _tasks[connection] = ServeAsync(connection, start.Task);
        start.SetResult();
    }

    public void CountEstablished(int change) => Interlocked.Add(ref _established, change);

    /// <summary>Closes all connections and waits until they are gone.</summary>
    public async Task CloseAsync(MqttReasonCode reasonCode)
    {
        foreach (Connection connection in All)
        {
            connection.Close(reasonCode);
        }

        await Task.WhenAll(_tasks.Values).ConfigureAwait(false);
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
