using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

/// <summary>Reads an open source as a lane would, and records what it says.</summary>
internal sealed class OpenedSource<T> : IAsyncDisposable
{
    private readonly SemaphoreSlim _notified;
    private readonly SourceBatch<T>[] _batches;
    private readonly bool[] _ended;

    private OpenedSource(IReadOnlyList<ISourceReader<T>> readers, int batchSize, SemaphoreSlim notified)
    {
        Readers = readers;
        _notified = notified;
        _batches = [.. readers.Select(reader => new SourceBatch<T>(batchSize, reader.Partitions[0]))];
        _ended = new bool[readers.Count];
        Records = [.. readers.Select(static _ => new List<T>())];
    }

    public IReadOnlyList<ISourceReader<T>> Readers { get; }

    /// <summary>What each reader has handed out.</summary>
    public List<T>[] Records { get; }

    public List<DeadLetter> DeadLetters { get; } = [];

    /// <summary>The sizes of the batches that were not empty.</summary>
    public List<int> BatchSizes { get; } = [];

    public bool HasEnded => Array.TrueForAll(_ended, static ended => ended);

    public static async Task<OpenedSource<T>> OpenAsync(ISource<T> source, int batchSize = 100, TimeProvider? clock = null)
    {
        var notified = new SemaphoreSlim(0);
        var context = new SourceContext("topology", "source", 2, batchSize, clock ?? TimeProvider.System, () => notified.Release());
        return new OpenedSource<T>(await source.OpenAsync(context, CancellationToken.None), batchSize, notified);
    }

    /// <summary>Calls a reader once.</summary>
    public ReadStatus Read(int reader = 0)
    {
        SourceBatch<T> batch = _batches[reader];
        batch.Clear();
        ReadStatus status = Readers[reader].Read(batch);
        _ended[reader] = status == ReadStatus.Ended;
        Records[reader].AddRange(batch.Values);
        DeadLetters.AddRange(batch.DeadLetters ?? []);
        if (batch.Items > 0)
        {
            BatchSizes.Add(batch.Count);
        }

        return status;
    }

    /// <summary>Reads everything that is there now.</summary>
    public void ReadAvailable()
    {
        for (int reader = 0; reader < Readers.Count; reader++)
        {
            while (!_ended[reader] && Read(reader) == ReadStatus.More)
            {
            }
        }
    }

    /// <summary>Reads until all readers have ended, waiting for notifications in between.</summary>
    public async Task<List<T>> ReadToEndAsync()
    {
        ReadAvailable();
        while (!HasEnded)
        {
            await NotificationAsync();
            ReadAvailable();
        }

        return [.. Records.SelectMany(static records => records)];
    }

    public async Task NotificationAsync() =>
        (await _notified.WaitAsync(Within.Limit)).Should().BeTrue("the reader must notify when it can be read again");

    public async ValueTask DisposeAsync()
    {
        foreach (ISourceReader<T> reader in Readers)
        {
            await Within.Time(reader.DisposeAsync());
        }

        _notified.Dispose();
    }
}
