using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>All sessions by client identifier: who takes over, what expires, which wills are due. Thread-safe.</summary>
internal sealed class SessionRegistry(BrokerContext context)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Session> _sessions = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    /// <summary>The sessions that are stored.</summary>
    public IReadOnlyList<Session> Stored
    {
        get
        {
            lock (_lock)
            {
                return [.. _sessions.Values.Where(session => session.StoredAs != 0)];
            }
        }
    }

    /// <summary>Gives the connection the session of its client, resumed or new; an earlier connection of the client is closed.</summary>
    /// <param name="clientIdentifier">The client.</param>
    /// <param name="cleanStart">Whether it wants a new one.</param>
    /// <param name="expiry">How long it is to outlive the connection.</param>
    /// <param name="connection">The connection.</param>
    /// <returns>The session and whether it was there before; null if there are too many.</returns>
    public (Session Session, bool IsPresent)? Open(string clientIdentifier, bool cleanStart, TimeSpan expiry, Connection connection)
    {
        WillMessage? orphan = null;
        Connection? previous = null;
        (Session, bool)? opened;
        lock (_lock)
        {
            _sessions.TryGetValue(clientIdentifier, out Session? session);
            if (session is not null)
            {
                previous = session.Take(connection);
                if (cleanStart)
                {
                    orphan = session.PendingWill?.Message;
                    Remove(session);
                }

                session.PendingWill = null;
            }

            if (session is not null && !cleanStart)
            {
                session.Keep(expiry, TimeSpan.MaxValue);
                opened = (session, true);
            }
            else if (_sessions.Count >= context.Options.MaxSessions)
            {
                opened = null;
            }
            else
            {
                session = new Session(clientIdentifier, context);
                session.Take(connection);
                session.Keep(expiry, TimeSpan.MaxValue);
                _sessions.Add(clientIdentifier, session);
                opened = (session, false);
            }
        }

        previous?.Close(MqttReasonCode.SessionTakenOver);
        context.Router.PublishOwn(orphan);
        return opened;
    }

    /// <summary>The connection is gone: its session ends, or waits for the client to come back.</summary>
    /// <param name="session">The session.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="expiry">How long it waits.</param>
    /// <param name="will">The client's will, if it did not leave in order.</param>
    public void Leave(Session session, Connection connection, TimeSpan expiry, WillMessage? will)
    {
        lock (_lock)
        {
            TimeSpan now = context.Clock.Now;
            TimeSpan delay = TimeSpan.FromSeconds(will?.Properties?.WillDelayInterval ?? 0);
            if (!session.Detach(connection))
            {
                // Taken over. A session that goes on cancels a delayed will, one that was ended does not (section 3.1.3.2.2).
                will = delay > TimeSpan.Zero && !session.IsEnded ? null : will;
            }
            else if (expiry == TimeSpan.Zero)
            {
                Remove(session);
            }
            else
            {
                session.Keep(expiry, context.Clock.After(expiry));
                if (will is not null && delay > TimeSpan.Zero)
                {
                    session.PendingWill = (will, now + (delay < expiry ? delay : expiry));
                    will = null;
                }
            }
        }

        context.Router.PublishOwn(will);
    }

    /// <summary>Takes up a session that was found on disk.</summary>
    public Session Restore(StoredSession stored)
    {
        var session = new Session(stored.Name, context);
        session.Restore(stored);
        lock (_lock)
        {
            _sessions.Add(stored.Name, session);
        }

        return session;
    }

    /// <summary>Tells the journal all sessions, one at a time.</summary>
    public IEnumerable<bool> WriteAll()
    {
        foreach (Session session in Stored)
        {
            lock (_lock)
            {
                session.WriteAll();
            }

            yield return true;
        }
    }

    /// <summary>Ends the sessions whose time is over and publishes the wills that are due.</summary>
    public void Sweep()
    {
        var wills = new List<WillMessage>();
        lock (_lock)
        {
            TimeSpan now = context.Clock.Now;
            foreach (Session session in _sessions.Values)
            {
                bool expired = session.ExpiresAt <= now;
                if (session.PendingWill is { } will && (expired || will.DueAt <= now))
                {
                    wills.Add(will.Message);
                    session.PendingWill = null;
                }

                if (expired)
                {
                    Remove(session);
                }
            }
        }

        foreach (WillMessage will in wills)
        {
            context.Router.PublishOwn(will);
        }
    }

    private void Remove(Session session)
    {
        _sessions.Remove(session.ClientIdentifier);
        IReadOnlyList<(Publication Publication, string Share)> shared = session.End();
        context.Subscriptions.UnsubscribeAll(session);
        context.Router.PassOn(shared);
    }
}
