using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt;

/// <summary>Topic filters that a client has subscribed to; made anew by itself whenever the client has to connect again.</summary>
/// <remarks>Thread-safe. Disposing it ends the subscription, unless the client is gone before.</remarks>
public sealed class MqttSubscription : IAsyncDisposable
{
    private readonly MqttClient _client;
    private readonly TaskCompletionSource _granted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    internal MqttSubscription(
        MqttClient client, IReadOnlyList<string> filters, MqttSubscribeOptions options, MqttMessageHandler handler)
    {
        _client = client;
        Options = options;
        Handler = handler;
        Filters = [.. filters];
    }

    /// <summary>The topic filters.</summary>
    public IReadOnlyList<string> Filters { get; }

    internal MqttSubscribeOptions Options { get; }

    internal MqttMessageHandler Handler { get; }

    /// <summary>Completes when the server has granted the subscription for the first time.</summary>
    internal Task Granted => _granted.Task;

    /// <summary>Whether a filter, without the name of a shared subscription, matches.</summary>
    internal bool Matches(string topic)
    {
        foreach (string filter in Filters)
        {
            ReadOnlySpan<char> plain = filter;
            if (TopicFilter.IsShared(filter))
            {
                plain = plain[(plain.IndexOf('/') + 1)..];
                plain = plain[(plain.IndexOf('/') + 1)..];
            }

            if (TopicFilter.Matches(plain, topic))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Ends the subscription: tells the server, if there is a connection, and waits for its answer. Messages on the way are not handled.</summary>
    public ValueTask DisposeAsync() => UnsubscribeAsync([]);

    /// <summary>Ends the subscription as <see cref="DisposeAsync"/> does, and tells the server more about it (5.0).</summary>
    /// <param name="userProperties">What is told; MQTT 3.1.1 leaves it out.</param>
    public ValueTask UnsubscribeAsync(IReadOnlyList<MqttUserProperty> userProperties)
    {
        ArgumentNullException.ThrowIfNull(userProperties);
        return Interlocked.Exchange(ref _disposed, 1) == 0 ? _client.UnsubscribeAsync(this, userProperties) : default;
    }

    /// <summary>What asks the server for it.</summary>
    /// <param name="packetIdentifier">The identifier of the packet.</param>
    /// <param name="isRestored">Whether it may be part of the session already: then retained messages are not asked for again (5.0).</param>
    internal SubscribePacket ToPacket(ushort packetIdentifier, bool isRestored)
    {
        MqttRetainHandling retained = isRestored && Options.RetainHandling == MqttRetainHandling.Send ? MqttRetainHandling.SendIfNew : Options.RetainHandling;
        return new SubscribePacket(
            packetIdentifier,
            [.. Filters.Select(filter => new TopicSubscription(filter, Options.QualityOfService, Options.NoLocal, Options.RetainAsPublished, retained))],
            Options.ToProperties());
    }

    /// <summary>Takes the server's answer.</summary>
    /// <exception cref="MqttRefusedException">A filter was refused.</exception>
    internal void Accept(SubAckPacket answer)
    {
        if (answer.ReasonCodes.Count != Filters.Count)
        {
            throw MqttProtocolException.Violation($"SUBACK has {answer.ReasonCodes.Count} codes for {Filters.Count} topic filters.");
        }

        for (int i = 0; i < Filters.Count; i++)
        {
            if (answer.ReasonCodes[i].IsFailure())
            {
                throw MqttRefusedException.OfSubscription(
                    Filters[i], answer.ReasonCodes[i], answer.Properties?.ReasonString);
            }
        }

        _granted.TrySetResult();
    }
}
