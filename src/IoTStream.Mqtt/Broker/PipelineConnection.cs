using IoTStream.Connectors;

namespace IoTStream.Mqtt.Broker;

/// <summary>The broker's end of what connects a reader with a <see cref="PipelineSession"/>.</summary>
/// <param name="context">The job's side of the contract.</param>
/// <param name="capacity">How many messages may wait or be without acknowledgement.</param>
/// <param name="expiry">How long the session outlives the connection.</param>
internal sealed class PipelineConnection(SourceContext context, int capacity, TimeSpan expiry)
{
    private Exception? _failure;

    public int Capacity => capacity;

    public TimeSpan Expiry => expiry;

    /// <summary>Why the broker has ended the connection; null if it has not.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>There is something to be read.</summary>
    public void Notify() => context.NotifyAvailable();

    /// <summary>Ends the connection from the broker's side.</summary>
    public void Fail(string reason)
    {
        Interlocked.CompareExchange(ref _failure, new MqttClientException(reason), null);
        Notify();
    }
}
