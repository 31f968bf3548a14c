namespace IoTStream.Mqtt.Broker;

/// <summary>The sessions of the pipelines of this process. Thread-safe.</summary>
/// <remarks>Their names are a space of their own: no client can take the session of a pipeline over.</remarks>
internal sealed class PipelineSessions(BrokerContext context)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PipelineSession> _kept = new(StringComparer.Ordinal);
    private readonly HashSet<PipelineSession> _connected = [];
    private bool _stopped;

    /// <summary>The sessions that are stored.</summary>
    public IReadOnlyList<PipelineSession> Stored
    {
        get
        {
            lock (_lock)
            {
                return [.. _kept.Values.Where(session => session.StoredAs != 0)];
            }
        }
    }

    /// <summary>Gives the connection the session of that name, resumed or new; an earlier connection to it is ended.</summary>
    /// <param name="name">Its name; null for one that ends with the connection.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="takenOf">The number of the last message of the session whose effect is durable; 0 if there is none.</param>
    /// <exception cref="ObjectDisposedException">The broker stops.</exception>
    public PipelineSession Open(string? name, PipelineConnection connection, Func<PipelineSession, long> takenOf)
    {
        PipelineConnection? previous;
        PipelineSession? session = null;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped, typeof(MqttBroker));
            if (name is null || !_kept.TryGetValue(name, out session))
            {
                session = new PipelineSession(name, Guid.NewGuid(), context);
                if (name is not null)
                {
                    _kept.Add(name, session);
                }
            }

            session.Keep(connection.Expiry, TimeSpan.MaxValue);
            previous = session.Attach(connection, takenOf(session));
            _connected.Add(session);
        }

        previous?.Fail($"Another source has taken over the session '{name}' of the broker: give each source a session of its own.");
        return session;
    }

    /// <summary>The connection is at its end: its session ends too, or waits for the next one.</summary>
    public void Leave(PipelineSession session, PipelineConnection connection)
    {
        lock (_lock)
        {
            if (!session.Detach(connection))
            {
                return;
            }

            _connected.Remove(session);
            if (session.Name is null || connection.Expiry == TimeSpan.Zero)
            {
                Remove(session);
            }
            else
            {
                session.Keep(connection.Expiry, context.Clock.After(connection.Expiry));
            }
        }
    }

    /// <summary>Takes up a session that was found on disk.</summary>
    public PipelineSession Restore(StoredSession stored)
    {
        var session = new PipelineSession(stored.Name, stored.Identity, context);
        session.Restore(stored);
        lock (_lock)
        {
            _kept.Add(stored.Name, session);
        }

        return session;
    }

    /// <summary>Tells the journal all sessions, one at a time.</summary>
    public IEnumerable<bool> WriteAll()
    {
        foreach (PipelineSession session in Stored)
        {
            lock (_lock)
            {
                session.WriteAll();
            }

            yield return true;
        }
    }

    /// <summary>Ends the sessions whose time is over.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            TimeSpan now = context.Clock.Now;
            foreach (PipelineSession session in _kept.Values)
            {
                if (session.ExpiresAt <= now)
                {
                    Remove(session);
                }
            }
        }
    }

    /// <summary>Ends all connections: nothing comes any more.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            foreach (PipelineSession session in _connected)
            {
                session.Fail("The broker that the source reads from has been disposed: stop the job first.");
            }
        }
    }

    private void Remove(PipelineSession session)
    {
        if (session.Name is not null)
        {
            _kept.Remove(session.Name);
        }

        IReadOnlyList<(Publication Publication, string Share)> shared = session.End();
        context.Subscriptions.UnsubscribeAll(session);
        context.Router.PassOn(shared);
    }
}
