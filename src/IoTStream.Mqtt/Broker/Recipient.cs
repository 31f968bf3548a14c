using System.Diagnostics.CodeAnalysis;

namespace IoTStream.Mqtt.Broker;

/// <summary>Somebody who gets messages: a client's <see cref="Session"/> or a <see cref="PipelineSession"/>. Thread-safe.</summary>
internal abstract class Recipient
{
    /// <summary>By their filters; guarded by the <see cref="SubscriptionTree"/>.</summary>
    public Dictionary<string, Subscription> Subscriptions { get; } = new(StringComparer.Ordinal);

    /// <summary>When it ends, if nobody is connected to it; guarded by whoever keeps all of its kind.</summary>
    public TimeSpan ExpiresAt { get; set; } = TimeSpan.MaxValue;

    /// <summary>The number by which the <see cref="Journal"/> knows it; 0 if it goes with the process.</summary>
    public long StoredAs { get; protected set; }

    /// <summary>Whether it is to be told of the next commit; the journal's.</summary>
    public bool IsTouched { get; set; }

    /// <summary>Whether as much waits as may, by number or by bytes.</summary>
    public abstract bool IsQueueFull { get; }

    /// <summary>How soon it would get a message of QoS 1 or 2.</summary>
    public abstract Readiness Readiness { get; }

    /// <summary>Forgets everything; nothing is delivered any more.</summary>
    /// <returns>The messages of QoS 1 that it was owed as a member of shared subscriptions, with their filters: another member is to get them (section 4.8.2).</returns>
    public abstract IReadOnlyList<(Publication Publication, string Share)> End();

    /// <summary>What it is owed has become durable, or there is room for more.</summary>
    public abstract void OnCommitted();

    /// <summary>Stops delivering to somebody who does not keep up.</summary>
    public abstract void GiveUp();

    /// <summary>Sends a message, queues it, or drops and counts it.</summary>
    /// <param name="publication">The message.</param>
    /// <param name="delivery">How the recipient wants it.</param>
    /// <param name="retain">The retain flag that it is to see.</param>
    /// <param name="whenFull">What to do if somebody is connected and the queue is full.</param>
    /// <param name="written">Collects what the caller has to flush.</param>
    /// <param name="room">What to wait for before another attempt.</param>
    /// <returns>False if nothing was done because the recipient is slow.</returns>
    public abstract bool TryDeliver(
        Publication publication,
        in Delivery delivery,
        bool retain,
        WhenFull whenFull,
        List<Outbox> written,
        [NotNullWhen(false)] out Task? room);
}
