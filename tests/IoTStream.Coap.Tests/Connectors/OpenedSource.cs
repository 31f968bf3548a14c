using System.Buffers;
using IoTStream.Connectors;

namespace IoTStream.Coap.Tests.Connectors;

/// <summary>Reads a source as a lane would, step by step.</summary>
internal sealed class OpenedSource<T> : IAsyncDisposable
{
    private readonly ISourceReader<T> _reader;
    private readonly SourceBatch<T> _batch;

    private OpenedSource(ISourceReader<T> reader)
    {
        _reader = reader;
        _batch = new SourceBatch<T>(256, reader.Partitions[0]);
    }

    public List<T> Values { get; } = [];

    public List<RecordHeaders> Headers { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public bool Ended { get; private set; }

    /// <summary>How many records and dead letters have been handed out.</summary>
    public long Items { get; private set; }

    /// <summary>Whether records are counted only.</summary>
    public bool KeepsNothing { get; set; }

    /// <summary>Opens a source as a job does.</summary>
    /// <param name="source">The source.</param>
    /// <param name="time">The job's clock.</param>
    /// <param name="hurry">Called when the source wants an epoch; null without an epoch log.</param>
    /// <param name="position">What <see cref="Position"/> was in the last epoch; null if there was none.</param>
    public static async Task<OpenedSource<T>> OpenAsync(ISource<T> source, TimeProvider time, Action? hurry = null, byte[]? position = null)
    {
        var positions = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        if (position is not null)
        {
            positions["numbers"] = position;
        }

        var context = new SourceContext("test", "sensors", 1, 256, time, static () => { }, positions, hurry);
        return new OpenedSource<T>((await source.OpenAsync(context, CancellationToken.None))[0]);
    }

    /// <summary>Reads what there is.</summary>
    public ReadStatus Read()
    {
        ReadStatus status;
        do
        {
            _batch.Clear();
            status = _reader.Read(_batch);
            Items += _batch.Count + (_batch.DeadLetters?.Count ?? 0);
            for (int i = 0; i < _batch.Count && !KeepsNothing; i++)
            {
                Values.Add(_batch.Values[i]);
                Headers.Add(_batch.Origins is null ? RecordHeaders.Empty : _batch.Origins[i].Headers);
            }

            if (_batch.DeadLetters is { } letters)
            {
                DeadLetters.AddRange(letters);
            }
        }
        while (status == ReadStatus.More);
        Ended = status == ReadStatus.Ended;
        return status;
    }

    public void Acknowledge(long count) => ((IAcknowledging)_reader).Acknowledge(count);

    public byte[] Position()
    {
        var position = new ArrayBufferWriter<byte>();
        ((IPositioned)_reader).WritePosition(position);
        return position.WrittenSpan.ToArray();
    }

    public void BeginDrain() => ((IDrainable)_reader).BeginDrain();

    public ValueTask DisposeAsync() => _reader.DisposeAsync();
}
