using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Amqp.Tests;

/// <summary>Reads a source as a lane of a job with an epoch log does, step by step.</summary>
internal sealed class OpenedSource : IAsyncDisposable
{
    private readonly ISourceReader<string> _reader;
    private readonly SourceBatch<string> _batch;
    private readonly SemaphoreSlim _available;

    private OpenedSource(ISourceReader<string> reader, SemaphoreSlim available)
    {
        _reader = reader;
        _available = available;
        _batch = new SourceBatch<string>(256, reader.Partitions[0]);
    }

    public List<string> Values { get; } = [];

    /// <param name="source">The source.</param>
    /// <param name="queue">The queue that it consumes.</param>
    /// <param name="position">What <see cref="Position"/> was in the last epoch; null if there was none.</param>
    /// <param name="hurry">Called when the source wants an epoch.</param>
    public static async Task<OpenedSource> OpenAsync(ISource<string> source, string queue, byte[]? position = null, Action? hurry = null)
    {
        var available = new SemaphoreSlim(0);
        Dictionary<string, ReadOnlyMemory<byte>> positions = [];
        if (position is not null)
        {
            positions.Add(queue, position);
        }

        var context = new SourceContext("test", "messages", 1, 256, TimeProvider.System, () => available.Release(), positions, hurry ?? (static () => { }));
        return new OpenedSource((await source.OpenAsync(context, CancellationToken.None).AsTask().WaitAsync(Limits.Wait))[0], available);
    }

    /// <summary>Reads until there are as many records as expected, and no more at once.</summary>
    public async Task ReadAsync(int records)
    {
        while (Values.Count < records || ReadOnce() != ReadStatus.Drained)
        {
            if (ReadOnce() == ReadStatus.Drained && Values.Count < records)
            {
                (await _available.WaitAsync(Limits.Wait)).Should().BeTrue("of {0} records {1} came", records, Values.Count);
            }
        }

        Values.Should().HaveCount(records);
    }

    public void Acknowledge(long count) => ((IAcknowledging)_reader).Acknowledge(count);

    public byte[] Position()
    {
        var position = new ArrayBufferWriter<byte>();
        ((IPositioned)_reader).WritePosition(position);
        return position.WrittenSpan.ToArray();
    }

    public ReadStatus ReadOnce()
    {
        _batch.Clear();
        ReadStatus status = _reader.Read(_batch);
        Values.AddRange(_batch.Values);
        return status;
    }

    public async ValueTask DisposeAsync() => await _reader.DisposeAsync().AsTask().WaitAsync(Limits.Wait);
}
