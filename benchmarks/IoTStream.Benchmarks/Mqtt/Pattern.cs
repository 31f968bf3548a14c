namespace IoTStream.Benchmarks.Mqtt;

/// <summary>Who publishes and who subscribes: each publisher to a topic of its own, each subscriber to all of them.</summary>
/// <param name="Publishers">How many publish.</param>
/// <param name="Subscribers">How many subscribe.</param>
/// <param name="QualityOfService">Of messages and subscriptions.</param>
/// <param name="Window">The most messages that have been published and not reached all subscribers; with QoS 1 the most that are not acknowledged, too.</param>
internal sealed record Pattern(int Publishers, int Subscribers, int QualityOfService, int Window)
{
    /// <summary>Messages that a publisher hands to the system at once.</summary>
    public const int Burst = 16;

    /// <summary>What a publisher's share of the window is.</summary>
    public int WindowOfPublisher => Math.Max(Burst, Window / Publishers);

    public override string ToString() => $"{Publishers} to {Subscribers}, QoS {QualityOfService}";
}
