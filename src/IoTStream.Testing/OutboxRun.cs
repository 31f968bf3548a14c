using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Runtime;

namespace IoTStream.Testing;

/// <summary>Writes epochs of a few logs and steps side by side, opens and closes writers in between, and looks at the target.</summary>
internal sealed class OutboxRun<T>(IOutboxSink<T> sink, SinkTarget<T> target, Random random)
    where T : notnull
{
    private const int Actions = 30;

    private static readonly TimeSpan LeastDelay = TimeSpan.FromMilliseconds(20);

    private TimeSpan _longestCall;

    private static readonly RecordOrigin Origin = new SourcePartition("source", 0, "numbers").Origin;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var log = Guid.NewGuid();
        Life[] lives = [new(log, "sink"), new(log, "another sink"), new(Guid.NewGuid(), "sink")];
        try
        {
            for (int action = 0; action < Actions; action++)
            {
                Life life = lives[random.Next(lives.Length)];
                await ActAsync(life, cancellationToken).ConfigureAwait(false);
            }

            foreach (Life life in lives)
            {
                Commit(life, []);
                await OpenAsync(life, cancellationToken).ConfigureAwait(false);
                await ApplyAsync(life, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            foreach (Life life in lives)
            {
                await CloseAsync(life).ConfigureAwait(false);
            }
        }

        await target.CheckAsync("after all epochs were applied", cancellationToken).ConfigureAwait(false);
    }

    private async Task ActAsync(Life life, CancellationToken cancellationToken)
    {
        if (life.Writer is null)
        {
            await OpenAsync(life, cancellationToken).ConfigureAwait(false);
        }

        switch (random.Next(8))
        {
            case 0:
                await CloseAsync(life).ConfigureAwait(false);
                break;
            case 1:
                await target.CheckAsync("while epochs are written", cancellationToken).ConfigureAwait(false);
                break;
            case 2:
                await ApplyAsync(life, cancellationToken).ConfigureAwait(false);
                break;
            case 3:
                await CancelAsync(life, cancellationToken).ConfigureAwait(false);
                break;
            default:
                Commit(life, Encode(life));
                break;
        }
    }

    private async Task OpenAsync(Life life, CancellationToken cancellationToken)
    {
        await CloseAsync(life).ConfigureAwait(false);
        var context = new SinkContext("conformance", life.Step, 0, TimeProvider.System, life.Log);
        life.Writer = await sink.OpenOutboxAsync(context, cancellationToken).ConfigureAwait(false);
        long last = await life.Writer.GetLastEpochAsync(cancellationToken).ConfigureAwait(false);
        if (life.InDoubt is { } doubt && last == doubt.Number)
        {
            Applied(life);
        }

        life.InDoubt = null;
        if (last != life.Last)
        {
            throw new ConformanceException(
                $"GetLastEpochAsync gives {last} for the step '{life.Step}' of a log whose last epoch applied is {life.Last}. Numbers count for one log and one step: see SinkContext.EpochLog and Step.");
        }
    }

    private static async Task CloseAsync(Life life)
    {
        if (life.Writer is { } writer)
        {
            life.Writer = null;
            await writer.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Encodes records as a lane would: batch by batch.</summary>
    private List<(int[] Numbers, byte[] Bytes)> Encode(Life life)
    {
        List<(int[], byte[])> parts = [];
        for (int batch = random.Next(1, 4); batch > 0; batch--)
        {
            int[] numbers = [.. Enumerable.Range(0, random.Next(1, random.Next(5) == 0 ? 500 : 5)).Select(_ => target.NewNumber())];
            var records = new RecordBuffer<T>();
            foreach (int number in numbers)
            {
                records.Add(DateTime.UnixEpoch.Ticks + number, target.Record(number), Origin);
            }

            var bytes = new ArrayBufferWriter<byte>();
            life.Writer!.Encode(new SinkBatch<T>(records), bytes);
            parts.Add((numbers, bytes.WrittenSpan.ToArray()));
        }

        return parts;
    }

    /// <summary>What was encoded is in the epoch log now, whatever becomes of the writer.</summary>
    private void Commit(Life life, List<(int[] Numbers, byte[] Bytes)> parts)
    {
        life.Number += random.Next(1, 4);
        if (parts.Count > 0)
        {
            life.Committed.Enqueue(new Epoch(life.Number, [.. parts.SelectMany(static part => part.Numbers)], Cut([.. parts.SelectMany(static part => part.Bytes)])));
        }
    }

    /// <summary>The pieces in which bytes come from the log have nothing to do with those in which they were written.</summary>
    private ReadOnlySequence<byte> Cut(byte[] bytes)
    {
        List<ReadOnlyMemory<byte>> pieces = [];
        int longest = random.Next(3) switch { 0 => 3, 1 => 100, _ => 100_000 };
        for (int start = 0; start < bytes.Length;)
        {
            int length = Math.Min(bytes.Length - start, random.Next(1, longest + 1));
            pieces.Add(bytes.AsMemory(start, length));
            start += length;
        }

        return ByteSegment.Join(pieces);
    }

    private async Task ApplyAsync(Life life, CancellationToken cancellationToken)
    {
        while (life.Committed.TryPeek(out Epoch? epoch))
        {
            long start = TimeProvider.System.GetTimestamp();
            Task applying = life.Writer!.ApplyAsync(epoch.Number, epoch.Outbox, cancellationToken).AsTask();

            // The lane goes on meanwhile, and others look at the target.
            List<(int[], byte[])> next = random.Next(3) == 0 ? Encode(life) : [];
            while (!applying.IsCompleted && random.Next(4) > 0)
            {
                await WaitUpToACallAsync(cancellationToken).ConfigureAwait(false);
                await target.HasAsync(epoch.Numbers, cancellationToken).ConfigureAwait(false);
            }

            await applying.ConfigureAwait(false);
            _longestCall = new TimeSpan(Math.Max(_longestCall.Ticks, TimeProvider.System.GetElapsedTime(start).Ticks));
            Applied(life);
            Commit(life, next);
            if (random.Next(4) == 0)
            {
                await target.CheckAsync("after an epoch was applied", cancellationToken).ConfigureAwait(false);
            }

            if (random.Next(4) == 0)
            {
                return;
            }
        }
    }

    /// <summary>The job is cancelled while an epoch is applied: the sink may have come through with it or not, but knows which.</summary>
    private async Task CancelAsync(Life life, CancellationToken cancellationToken)
    {
        if (!life.Committed.TryPeek(out Epoch? epoch))
        {
            return;
        }

        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task applying = life.Writer!.ApplyAsync(epoch.Number, epoch.Outbox, cancellation.Token).AsTask();
            await WaitUpToACallAsync(cancellationToken).ConfigureAwait(false);
            await cancellation.CancelAsync().ConfigureAwait(false);
            await applying.ConfigureAwait(false);
            Applied(life);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            life.InDoubt = epoch;
        }

        await CloseAsync(life).ConfigureAwait(false);
        if (life.InDoubt is { } doubt)
        {
            bool isVisible = await target.HasAsync(doubt.Numbers, cancellationToken).ConfigureAwait(false);
            await OpenAsync(life, cancellationToken).ConfigureAwait(false);
            bool isApplied = life.Last == doubt.Number;
            if (isVisible && !isApplied)
            {
                throw new ConformanceException($"Epoch {doubt.Number}, whose ApplyAsync was cancelled, is visible, but GetLastEpochAsync does not know of it: it would be applied again.");
            }
        }
    }

    /// <summary>Waits for any part of the time that a call takes, which may be far less than a timer could tell.</summary>
    private async Task WaitUpToACallAsync(CancellationToken cancellationToken)
    {
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan wait = random.Next(2) == 0 ? TimeSpan.FromMicroseconds(random.Next(100)) : _longestCall * random.NextDouble();
        if (wait > LeastDelay)
        {
            await Task.Delay(wait, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        while (TimeProvider.System.GetElapsedTime(start) < wait)
        {
            await Task.Yield();
        }
    }

    private void Applied(Life life)
    {
        Epoch epoch = life.Committed.Dequeue();
        life.Last = epoch.Number;
        target.Expect(epoch.Numbers);
    }

    private sealed record Epoch(long Number, int[] Numbers, ReadOnlySequence<byte> Outbox);

    /// <summary>One step of one log, through all its lives.</summary>
    private sealed class Life(Guid log, string step)
    {
        public Guid Log { get; } = log;

        public string Step { get; } = step;

        public IOutboxWriter<T>? Writer { get; set; }

        public long Number { get; set; }

        public long Last { get; set; }

        public Queue<Epoch> Committed { get; } = new();

        public Epoch? InDoubt { get; set; }
    }
}
