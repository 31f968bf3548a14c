using System.Buffers;

namespace IoTStream.Connectors;

/// <summary>Makes records when they are due.</summary>
internal sealed class RateSource<T>(double recordsPerSecond, Func<long, T> create, long count) : ISource<T>
{
    public Delivery Delivery => Delivery.ExactlyOnce;

    public ValueTask<IReadOnlyList<ISourceReader<T>>> OpenAsync(SourceContext context, CancellationToken cancellationToken) =>
        new([new Reader(recordsPerSecond, create, count, context)]);

    private sealed class Reader : ISourceReader<T>, IPositioned
    {
        // A shorter wait would be rounded to none by the system's timers, and a longer one than this is not accepted by them.
        private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
        private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

        private readonly double _rate;
        private readonly Func<long, T> _create;
        private readonly long _count;
        private readonly TimeProvider _timeProvider;
        private readonly ITimer _timer;
        private readonly long _first;
        private long? _start;
        private long _next;

        public Reader(double recordsPerSecond, Func<long, T> create, long count, SourceContext context)
        {
            _rate = recordsPerSecond;
            _create = create;
            _count = count;
            _timeProvider = context.TimeProvider;
            _timer = _timeProvider.CreateTimer(
                static context => ((SourceContext)context!).NotifyAvailable(), context, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            var partition = new SourcePartition(context.Step, 0, context.Step);
            Partitions = [partition];
            _first = Math.Min(count, StoredNumber.Find(context, partition) ?? 0);
            _next = _first;
        }

        public IReadOnlyList<SourcePartition> Partitions { get; }

        public ReadStatus Read(SourceBatch<T> batch)
        {
            long elapsed = _timeProvider.GetElapsedTime(_start ??= _timeProvider.GetTimestamp()).Ticks;
            double since = elapsed * _rate / TimeSpan.TicksPerSecond;
            long due = since < _count - _first - 1 ? _first + 1 + (long)since : _count;
            Make(batch, (int)Math.Min(due - _next, batch.Free));
            if (_next == _count)
            {
                return ReadStatus.Ended;
            }

            if (_next < due)
            {
                return ReadStatus.More;
            }

            WaitForNext(elapsed);
            return ReadStatus.Drained;
        }

        public void WritePosition(IBufferWriter<byte> position) => StoredNumber.Write(_next, position);

        public ValueTask DisposeAsync() => _timer.DisposeAsync();

        private void Make(SourceBatch<T> batch, int number)
        {
            Span<T> target = batch.GetSpan()[..number];
            for (int i = 0; i < target.Length; i++)
            {
                target[i] = _create(_next + i);
            }

            batch.Advance(number);
            _next += number;
        }

        private void WaitForNext(long elapsed)
        {
            double ticks = Math.Ceiling((_next - _first) * (double)TimeSpan.TicksPerSecond / _rate) - elapsed;
            var wait = TimeSpan.FromTicks((long)Math.Clamp(ticks, ShortestWait.Ticks, LongestWait.Ticks));
            _timer.Change(wait, Timeout.InfiniteTimeSpan);
        }
    }
}
