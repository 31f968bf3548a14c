using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Testing.Tests;

/// <summary>The check for exactly-once sinks finds those that are not.</summary>
[Parallelizable(ParallelScope.All)]
public class OutboxSinkConformanceTests
{
    public enum Fault
    {
        /// <summary>The last epoch is never known, so that it is applied again.</summary>
        ForgetsEpochs,

        /// <summary>The number is written before the records, and a cancellation comes between.</summary>
        WritesTheNumberFirst,

        /// <summary>The records are written before the number, and a cancellation comes between.</summary>
        WritesTheRecordsFirst,

        /// <summary>Others see half of an epoch.</summary>
        ShowsHalf,

        /// <summary>The number of one log is taken for that of another.</summary>
        MixesUpLogs,

        /// <summary>The number of one step is taken for that of another.</summary>
        MixesUpSteps,

        /// <summary>What the writer was given in its own life is applied, not what it is given now.</summary>
        AppliesWhatItEncoded,

        /// <summary>Only the first piece of the outbox is read.</summary>
        ReadsOnePiece,

        /// <summary>Records are visible when they are encoded.</summary>
        WritesWhenEncoding,
    }

    [Test]
    public async Task A_sink_that_is_right_passes()
    {
        var sink = new MemorySink(fault: null);
        await OutboxSinkConformance.CheckAsync(sink, static number => number, sink.ReadAsync, runs: 10);
    }

    [Test]
    public async Task A_sink_that_is_wrong_does_not([Values] Fault fault)
    {
        var sink = new MemorySink(fault);
        await FluentActions.Awaiting(() => OutboxSinkConformance.CheckAsync(sink, static number => number, sink.ReadAsync, runs: 10))
            .Should().ThrowAsync<ConformanceException>();
    }

    private sealed class MemorySink(Fault? fault) : IOutboxSink<int>
    {
        private readonly Lock _lock = new();
        private readonly List<int> _records = [];
        private readonly Dictionary<(Guid Log, string Step), long> _last = [];

        public Task<IReadOnlyList<int>> ReadAsync(CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                return Task.FromResult<IReadOnlyList<int>>([.. _records]);
            }
        }

        public ValueTask<ISinkWriter<int>> OpenAsync(SinkContext context, CancellationToken cancellationToken) => throw new NotSupportedException();

        public ValueTask<IOutboxWriter<int>> OpenOutboxAsync(SinkContext context, CancellationToken cancellationToken) => new(new Writer(
            this,
            fault,
            (fault == Fault.MixesUpLogs ? Guid.Empty : context.EpochLog!.Value, fault == Fault.MixesUpSteps ? "" : context.Step)));

        private sealed class Writer(MemorySink sink, Fault? fault, (Guid Log, string Step) name) : IOutboxWriter<int>
        {
            private readonly List<int> _encoded = [];

            public void Encode(SinkBatch<int> batch, IBufferWriter<byte> outbox)
            {
                foreach (int value in batch.Values.Span)
                {
                    BinaryPrimitives.WriteInt32LittleEndian(outbox.GetSpan(sizeof(int)), value);
                    outbox.Advance(sizeof(int));
                }

                _encoded.AddRange(batch.Values.Span);
                if (fault == Fault.WritesWhenEncoding)
                {
                    Show([.. batch.Values.Span]);
                }
            }

            public ValueTask<long> GetLastEpochAsync(CancellationToken cancellationToken)
            {
                lock (sink._lock)
                {
                    return new(fault == Fault.ForgetsEpochs ? 0 : sink._last.GetValueOrDefault(name));
                }
            }

            public async ValueTask ApplyAsync(long epoch, ReadOnlySequence<byte> outbox, CancellationToken cancellationToken)
            {
                List<int> records = fault == Fault.AppliesWhatItEncoded ? [.. _encoded] : Decode(fault == Fault.ReadsOnePiece ? outbox.First.ToArray() : outbox.ToArray());
                _encoded.Clear();
                await Task.Yield();
                cancellationToken.ThrowIfCancellationRequested();
                switch (fault)
                {
                    case Fault.WritesTheNumberFirst:
                        Advance(epoch);
                        await YieldAsync();
                        cancellationToken.ThrowIfCancellationRequested();
                        Show(records);
                        break;
                    case Fault.WritesTheRecordsFirst:
                        Show(records);
                        await YieldAsync();
                        cancellationToken.ThrowIfCancellationRequested();
                        Advance(epoch);
                        break;
                    case Fault.ShowsHalf:
                        Show(records[..(records.Count / 2)]);
                        await YieldAsync();
                        Show(records[(records.Count / 2)..]);
                        Advance(epoch);
                        break;
                    case Fault.WritesWhenEncoding:
                        Advance(epoch);
                        break;
                    default:
                        lock (sink._lock)
                        {
                            sink._records.AddRange(records);
                            sink._last[name] = epoch;
                        }

                        break;
                }
            }

            public ValueTask DisposeAsync() => default;

            /// <summary>Long enough for others to come between.</summary>
            private static async Task YieldAsync()
            {
                long start = TimeProvider.System.GetTimestamp();
                while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMilliseconds(1))
                {
                    await Task.Yield();
                }
            }

            private static List<int> Decode(byte[] bytes) =>
                [.. Enumerable.Range(0, bytes.Length / sizeof(int)).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * sizeof(int))))];

            private void Show(List<int> records)
            {
                lock (sink._lock)
                {
                    sink._records.AddRange(records);
                }
            }

            private void Advance(long epoch)
            {
                lock (sink._lock)
                {
                    sink._last[name] = epoch;
                }
            }
        }
    }
}
