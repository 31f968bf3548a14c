using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Mqtt.Tests.Peers;

namespace IoTStream.Mqtt.Tests.Connectors;

/// <summary>Reads a source as a lane would, step by step.</summary>
internal sealed class OpenedSource<T> : IAsyncDisposable
{
    private readonly ISourceReader<T> _reader;
    private readonly SourceBatch<T> _batch;
    private readonly SemaphoreSlim _available = new(0);

    private OpenedSource(ISourceReader<T> reader, SemaphoreSlim available)
    {
        _reader = reader;
        _available = available;
        _batch = new SourceBatch<T>(256, reader.Partitions[0]);
    }

    public List<T> Values { get; } = [];

    public List<RecordHeaders> Headers { get; } = [];

    /// <summary>The names of the partitions that the records come from.</summary>
    public List<string> Partitions { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public bool Ended { get; private set; }

    public static Task<OpenedSource<T>> OpenAsync(ISource<T> source) => OpenAsync(source, position: null, hurry: null);

    /// <summary>Opens a source as a job with an epoch log does.</summary>
    /// <param name="source">The source.</param>
    /// <param name="position">What <see cref="Position"/> was in the last epoch; null if there was none.</param>
    /// <param name="hurry">Called when the source wants an epoch; null without an epoch log.</param>
    public static async Task<OpenedSource<T>> OpenAsync(ISource<T> source, byte[]? position, Action? hurry)
    {
        var available = new SemaphoreSlim(0);
        var positions = new AnyPosition(position);
        var context = new SourceContext("test", "sensors", 1, 256, TimeProvider.System, () => available.Release(), positions, hurry);
        return new OpenedSource<T>((await source.OpenAsync(context, CancellationToken.None).AsTask().WaitAsync(Limits.Wait))[0], available);
    }

    /// <summary>Opens a source of a scripted server, which grants it its subscription.</summary>
    public static async Task<(OpenedSource<T> Source, ScriptedServer.Conversation Conversation)> OpenAsync(ISource<T> source, ScriptedServer server)
    {
        Task<OpenedSource<T>> opening = OpenAsync(source);
        ScriptedServer.Conversation conversation = await server.WelcomeAsync();
        await conversation.GrantAsync();
        return (await opening, conversation);
    }

    /// <summary>Reads until there are as many records and dead letters, in all, as expected, and no more.</summary>
    public async Task ReadAsync(int items)
    {
        await ReadAtLeastAsync(items);
        (Values.Count + DeadLetters.Count).Should().Be(items);
    }

    public async Task ReadAtLeastAsync(int items)
    {
        while (Values.Count + DeadLetters.Count < items && !Ended)
        {
            await StepAsync();
        }
    }

    public async Task ReadToEndAsync()
    {
        while (!Ended)
        {
            await StepAsync();
        }
    }

    public void Acknowledge(long count) => ((IAcknowledging)_reader).Acknowledge(count);

    public byte[] Position()
    {
        var position = new ArrayBufferWriter<byte>();
        ((IPositioned)_reader).WritePosition(position);
        return position.WrittenSpan.ToArray();
    }

    /// <summary>Reads once.</summary>
    /// <returns>How many items came.</returns>
    public int ReadOnce()
    {
        int before = Values.Count + DeadLetters.Count;
        Read();
        return Values.Count + DeadLetters.Count - before;
    }

    public void BeginDrain() => ((IDrainable)_reader).BeginDrain();

    public async ValueTask DisposeAsync() => await _reader.DisposeAsync().AsTask().WaitAsync(Limits.Wait);

    private async Task StepAsync()
    {
        if (Read() == ReadStatus.Drained)
        {
            (await _available.WaitAsync(Limits.Wait)).Should().BeTrue("something comes");
        }
    }

    private ReadStatus Read()
    {
        _batch.Clear();
        ReadStatus status = _reader.Read(_batch);
        for (int i = 0; i < _batch.Count; i++)
        {
            Values.Add(_batch.Values[i]);
            Partitions.Add(_batch.Partition.Name);
            Headers.Add(_batch.Origins is null ? RecordHeaders.Empty : _batch.Origins[i].Headers);
        }

        DeadLetters.AddRange(_batch.DeadLetters ?? []);
        Ended = status == ReadStatus.Ended;
        return status;
    }

    /// <summary>The position of the only partition, whatever its name is.</summary>
    private sealed class AnyPosition(byte[]? position) : IReadOnlyDictionary<string, ReadOnlyMemory<byte>>
    {
        public int Count => position is null ? 0 : 1;

        public IEnumerable<string> Keys => throw new NotSupportedException();

        public IEnumerable<ReadOnlyMemory<byte>> Values => throw new NotSupportedException();

        public ReadOnlyMemory<byte> this[string key] => position;

        public bool ContainsKey(string key) => position is not null;

        public bool TryGetValue(string key, out ReadOnlyMemory<byte> value)
        {
            value = position;
            return position is not null;
        }

        public IEnumerator<KeyValuePair<string, ReadOnlyMemory<byte>>> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }
}
