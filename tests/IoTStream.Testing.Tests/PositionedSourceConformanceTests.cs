using System.Buffers;
using System.Buffers.Binary;
using IoTStream.Connectors;

namespace IoTStream.Testing.Tests;

/// <summary>The check for sources with positions finds those that cannot be read again from them.</summary>
[Parallelizable(ParallelScope.All)]
public class PositionedSourceConformanceTests
{
    public enum Fault
    {
        /// <summary>The source does not look at the position that it is opened with.</summary>
        IgnoresPositions,

        /// <summary>The last record is given again.</summary>
        PointsAtTheLast,

        /// <summary>A record is passed over.</summary>
        PointsPastTheNext,

        /// <summary>The position is that of what was read ahead, not of what was given.</summary>
        PointsPastWhatWasReadAhead,

        /// <summary>The position of one partition is taken for that of another.</summary>
        MixesUpPartitions,

        /// <summary>Partitions have other names each time.</summary>
        RenamesPartitions,

        /// <summary>The source says that it has no positions.</summary>
        SaysAtLeastOnce,

        /// <summary>The readers have none.</summary>
        HasNone,

        /// <summary>A position taken at the end is one at the beginning.</summary>
        BeginsAnewAfterTheEnd,
    }

    [Test]
    public Task A_source_that_is_right_passes() => PositionedSourceConformance.CheckAsync(new NumberSource(fault: null));

    [Test]
    public Task A_source_that_is_wrong_does_not([Values] Fault fault) =>
        FluentActions.Awaiting(() => PositionedSourceConformance.CheckAsync(new NumberSource(fault))).Should().ThrowAsync<ConformanceException>();

    private sealed class NumberSource(Fault? fault) : ISource<int>
    {
        private const int Count = 200;
        private int _opened;

        public Delivery Delivery => fault == Fault.SaysAtLeastOnce ? Delivery.AtLeastOnce : Delivery.ExactlyOnce;

        public ValueTask<IReadOnlyList<ISourceReader<int>>> OpenAsync(SourceContext context, CancellationToken cancellationToken)
        {
            int opened = Interlocked.Increment(ref _opened);
            return new([.. Enumerable.Range(0, 2).Select(index =>
            {
                string name = fault == Fault.RenamesPartitions ? $"{index} of {opened}" : $"{index}";
                string looked = fault == Fault.MixesUpPartitions ? $"{1 - index}" : name;
                int start = fault != Fault.IgnoresPositions && context.TryGetPosition(looked, out ReadOnlyMemory<byte> position)
                    ? BinaryPrimitives.ReadInt32LittleEndian(position.Span)
                    : 0;
                var partition = new SourcePartition(context.Step, index, name);
                return fault == Fault.HasNone ? new Reader(partition, start) : new PositionedReader(partition, start, fault);
            })]);
        }

        private class Reader(SourcePartition partition, int start) : ISourceReader<int>
        {
            protected int Next { get; private set; } = start;

            public IReadOnlyList<SourcePartition> Partitions { get; } = [partition];

            public ReadStatus Read(SourceBatch<int> batch)
            {
                for (; Next < Count && batch.Free > 0; Next++)
                {
                    batch.Add((partition.Index * Count) + Next);
                }

                return Next < Count ? ReadStatus.More : ReadStatus.Ended;
            }

            public ValueTask DisposeAsync() => default;
        }

        private sealed class PositionedReader(SourcePartition partition, int start, Fault? fault) : Reader(partition, start), IPositioned
        {
            public void WritePosition(IBufferWriter<byte> position)
            {
                int written = fault switch
                {
                    Fault.PointsAtTheLast => Math.Max(0, Next - 1),
                    Fault.PointsPastTheNext => Math.Min(Count, Next + 1),
                    Fault.PointsPastWhatWasReadAhead => Math.Min(Count, (Next + 63) / 64 * 64),
                    Fault.BeginsAnewAfterTheEnd => Next % Count,
                    _ => Next,
                };
                BinaryPrimitives.WriteInt32LittleEndian(position.GetSpan(sizeof(int)), written);
                position.Advance(sizeof(int));
            }
        }
    }
}
