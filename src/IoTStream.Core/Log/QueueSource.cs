using IoTStream.Connectors;

namespace IoTStream.Log;

/// <summary>Reads a topic.</summary>
internal sealed class QueueSource<T>(DurableQueue queue, string topic, IDecoder<T> decoder, QueueStart start, QueueEnd end) : ISource<T>
{
    public async ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
    {
        string path = queue.PathOf(topic);
        QueueRange range = await Task.Run(() => QueueRange.Of(path, start, end), cancellationToken).ConfigureAwait(false);
        var pump = new QueuePump<T>(queue, path, range, decoder, context.TimeProvider);
        return [pump.Start(context, new SourcePartition(context.Step, 0, topic))];
    }
}
