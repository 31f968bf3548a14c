using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Reads a topic.</summary>
internal sealed class QueueSource<T>(DurableQueue queue, string topic, IDecoder<T> decoder, QueueStart start, QueueEnd end) : ISource<T>
{
    public Delivery Delivery => Delivery.ExactlyOnce;

    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        string path = queue.PathOf(topic);
        var partition = new SourcePartition(context.Step, 0, topic);
        QueueRange range = await Task.Run(() => Range(path, context, partition), cancellationToken).ConfigureAwait(false);
        var pump = new QueuePump<T>(queue, path, range, decoder, context.TimeProvider);
        return [pump.Start(context, partition)];
    }

    /// <summary>What is left to be read. Where the epoch log says that the job was comes before where a consumer has stored that it was.</summary>
    private QueueRange Range(string path, SourceContext context, SourcePartition partition) =>
        StoredNumber.Find(context, partition) is { } offset and >= 0
            ? QueueRange.From(path, offset, start, end, partition)
            : QueueRange.Of(path, start, end);
}
