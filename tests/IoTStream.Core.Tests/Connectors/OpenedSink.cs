using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>Calls an open sink as a job would.</summary>
internal sealed class OpenedSink<T> : IAsyncDisposable
{
    private static readonly RecordOrigin Origin = new SourcePartition("source", 0, "only").Origin;

    private readonly CancellationTokenSource _cancellation = new();
    private readonly ISinkWriter<T> _writer;

    private OpenedSink(ISinkWriter<T> writer) => _writer = writer;

    public static async Task<OpenedSink<T>> OpenAsync(ISink<T> sink) =>
        new(await sink.OpenAsync(new SinkContext("topology", "sink", 0, TimeProvider.System), CancellationToken.None));

    public static async Task WriteAllAsync(ISink<T> sink, IEnumerable<T> records, int batchSize = 100)
    {
        await using OpenedSink<T> opened = await OpenAsync(sink);
        foreach (T[] batch in records.Chunk(batchSize))
        {
            await opened.WriteAsync(batch);
        }

        await opened.CompleteAsync();
    }

    /// <summary>Writes a batch; the timestamp of each record is its index in it.</summary>
    public Task WriteAsync(params T[] records)
    {
        var buffer = new RecordBuffer<T>();
        for (int i = 0; i < records.Length; i++)
        {
            buffer.Add(i, records[i], Origin);
        }

        return Within.Time(_writer.WriteAsync(new SinkBatch<T>(buffer), _cancellation.Token));
    }

    public Task FlushAsync() => Within.Time(_writer.FlushAsync(_cancellation.Token));

    public async Task CompleteAsync()
    {
        await FlushAsync();
        await Within.Time(_writer.CompleteAsync(_cancellation.Token));
    }

    public Task CancelAsync() => _cancellation.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        await Within.Time(_writer.DisposeAsync());
        _cancellation.Dispose();
    }
}
