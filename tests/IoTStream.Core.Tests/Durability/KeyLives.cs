using IoTStream.Connectors;
using IoTStream.Core.Tests.Connectors;
using IoTStream.Core.Tests.Oracle;
using IoTStream.Core.Tests.Support;
using IoTStream.Operators;
using IoTStream.State;
using IoTStream.Time;

namespace IoTStream.Core.Tests.Durability;

/// <summary>
/// Runs a keyed operator in several lives, each on another number of lanes and from the epoch with which the one before ended, and beside it one operator for
/// each key that is alone and never interrupted. What comes out for a key has to be the same. Lanes get watermarks at different times, and lower ones than
/// before when a life begins.
/// </summary>
internal sealed class KeyLives<TOut>
{
    private const long Start = 1_000_000;

    private readonly Random _random;
    private readonly Factory _create;
    private readonly Func<TOut, int> _keyOf;
    private readonly long _scale;
    private readonly int _batchSize;
    private readonly FakeClock _clock = new();
    private readonly StateImage _image;
    private readonly int[] _keys;
    private readonly Dictionary<int, Trial> _alone = [];
    private readonly Dictionary<int, List<string>> _results = [];
    private readonly Dictionary<int, List<int>> _late = [];
    private readonly Dictionary<int, long> _passed = [];
    private readonly long[] _times;
    private readonly long _bound;
    private readonly int _disorder;
    private readonly int _pace;
    private Trial[] _lanes = [];
    private KeyOwnership<int>[] _owned = [];
    private long _watermark = Watermark.None;
    private long _epochs;
    private int _id;
    private readonly StepCounters _before = new("step", 0);

    private KeyLives(int seed, Factory create, Func<TOut, int> keyOf, long scale)
    {
        _random = new Random(seed);
        _create = create;
        _keyOf = keyOf;
        _scale = scale;
        _batchSize = Pick(1, 3, 100);
        _image = new StateImage(Pick(0, 40, 200, 2000));
        _keys = [.. Enumerable.Range(0, _random.Next(1, 9)).Select(_ => _random.Next(1000)).Distinct()];
        _times = [.. Enumerable.Repeat(Start, _keys.Length)];
        _bound = Pick(0, 5, 20);
        _disorder = Pick(0, 3, 10, 40);
        _pace = Pick(1, 3, 12);
        foreach (int key in _keys)
        {
            _alone.Add(key, new Trial(create, new OperatorContext(0, _batchSize, _clock), scale));
            _results.Add(key, []);
            _late.Add(key, []);
            _passed.Add(key, Watermark.None);
        }
    }

    public delegate Operator<Reading> Factory(Probe<TOut> next, Probe<Reading> late, StepCounters counters, OperatorContext context);

    /// <summary>Whether each key has a time of its own, far from those of others.</summary>
    private bool HasDevices { get; init; }

    /// <summary>Whether processing time passes.</summary>
    private bool HasClock { get; init; }

    /// <param name="seed">What all follows from.</param>
    /// <param name="create">Makes the operator.</param>
    /// <param name="keyOf">The key of a result.</param>
    /// <param name="hasDevices">Whether each key has a time of its own.</param>
    /// <param name="hasClock">Whether processing time passes.</param>
    /// <param name="scale">By how many ticks event time goes on.</param>
    public static void AreOne(int seed, Factory create, Func<TOut, int> keyOf, bool hasDevices = false, bool hasClock = false, long scale = 1) =>
        new KeyLives<TOut>(seed, create, keyOf, scale) { HasDevices = hasDevices, HasClock = hasClock }.Run();

    private void Run()
    {
        for (int i = 0; HasDevices && i < _times.Length; i++)
        {
            _times[i] += _random.Next(200);
        }

        int lives = _random.Next(1, 5);
        for (int life = 0; life < lives; life++)
        {
            Begin(_random.Next(1, 5));
            for (int steps = _random.Next(60); steps > 0; steps--)
            {
                Step();
            }

            if (life < lives - 1)
            {
                TakeEpoch();
            }
        }

        foreach (Trial trial in _lanes.Concat(_alone.Values))
        {
            trial.Operator.OnWatermark(Watermark.End);
            trial.Operator.OnEnd();
        }

        Drain();
        Close();
        foreach ((int key, Trial alone) in _alone)
        {
            _results[key].Should().Equal(alone.Results(_keyOf).GetValueOrDefault(key, []).Select(result => result.Text), "of key {0}", key);
            _late[key].Should().Equal(alone.Late.Values.Select(reading => reading.Id), "of key {0}", key);
        }

        Counts([_before]).Should().Be(Counts(_alone.Values.Select(alone => alone.Counters)));
    }

    private static (long In, long Out, long Late, long Dropped) Counts(IEnumerable<StepCounters> all) => (
        all.Sum(counters => counters.RecordsIn), all.Sum(counters => counters.RecordsOut), all.Sum(counters => counters.Late), all.Sum(counters => counters.Dropped));

    private void Begin(int lanes)
    {
        Close();
        _lanes = [.. _image.Start(lanes).Select(capture => new Trial(_create, new OperatorContext(capture.Lane, _batchSize, _clock) { Capture = capture }, _scale))];
        _owned = [.. Enumerable.Range(0, lanes).Select(lane => StateImage.Owned<int>(StableHash.OfIntegers, lanes, lane))];
        _image.Restore(lane => _owned[lane]);
    }

    /// <summary>A life has ended: keeps its counts.</summary>
    private void Close()
    {
        foreach (Trial lane in _lanes)
        {
            _before.RecordsIn += lane.Counters.RecordsIn;
            _before.RecordsOut += lane.Counters.RecordsOut;
            _before.Late += lane.Counters.Late;
            _before.Dropped += lane.Counters.Dropped;
        }
    }

    private void Step()
    {
        switch (_random.Next(HasClock ? 8 : 7))
        {
            case 0:
                TakeEpoch();
                break;
            case 1 or 2:
                AdvanceWatermarks();
                break;
            case 7:
                AdvanceClock();
                break;
            default:
                SendRecords();
                break;
        }

        Drain();
    }

    private void SendRecords()
    {
        List<Reading> readings = [];
        for (int count = _random.Next(1, 6); count > 0; count--)
        {
            int key = _random.Next(_keys.Length);
            int time = HasDevices ? key : 0;
            _times[time] += _random.Next(_pace + 1);
            readings.Add(new Reading(_id++, _keys[key], _times[time] - _random.Next(_disorder + 1), _random.Next(-100, 100)));
        }

        for (int lane = 0; lane < _lanes.Length; lane++)
        {
            _lanes[lane].Send([.. readings.Where(reading => _owned[lane].Owns(reading.Key))]);
        }

        foreach ((int key, Trial alone) in _alone)
        {
            alone.Send([.. readings.Where(reading => reading.Key == key)]);
        }
    }

    private void AdvanceWatermarks()
    {
        _watermark = Math.Max(_watermark, (HasDevices ? _times.Min() : _times[0]) - _bound);
        for (int lane = 0; lane < _lanes.Length; lane++)
        {
            if (_random.Next(2) == 0)
            {
                continue;
            }

            // In its first moments a life can be behind the one before it.
            long watermark = _random.Next(3) == 0 ? Math.Max(Start - 20, _watermark - _random.Next(30)) : _watermark;
            _lanes[lane].Advance(watermark);
            foreach ((int key, Trial alone) in _alone)
            {
                if (_owned[lane].Owns(key))
                {
                    alone.Advance(watermark);
                }
            }
        }
    }

    private void AdvanceClock()
    {
        _clock.Advance(TimeSpan.FromTicks(_random.Next(1, 15)));
        foreach (Trial trial in _lanes.Concat(_alone.Values))
        {
            trial.Tick(_clock.GetTimestamp());
        }
    }

    private void TakeEpoch()
    {
        _image.LastEpoch.Should().Be(_epochs++);
        long epoch = _image.Begin();
        foreach (Trial lane in _lanes)
        {
            lane.Operator.OnBarrier(epoch);
            lane.Next.Log[^1].Should().Be($"b:{epoch}");
        }

        _image.Commit();
    }

    /// <summary>Takes over what has come out. A result may be behind the watermark only where it would also be if its key were alone.</summary>
    private void Drain()
    {
        for (int lane = 0; lane < _lanes.Length; lane++)
        {
            foreach ((int key, List<(string Text, long Timestamp)> results) in _lanes[lane].Results(_keyOf))
            {
                foreach ((string text, long timestamp) in results)
                {
                    _owned[lane].Owns(key).Should().BeTrue();
                    _results[key].Add(text);
                    if (timestamp <= _passed[key])
                    {
                        _alone[key].Behind().Should().Contain(text);
                    }
                }
            }

            _lanes[lane].Next.Records.Clear();
            foreach (Reading reading in _lanes[lane].Late.Values)
            {
                _late[reading.Key].Add(reading.Id);
            }

            _lanes[lane].Late.Records.Clear();
            foreach (int key in _keys.Where(_owned[lane].Owns))
            {
                _passed[key] = Math.Max(_passed[key], _lanes[lane].Next.Watermark);
            }
        }

        foreach (Trial alone in _alone.Values)
        {
            alone.Settle();
        }
    }

    private T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    /// <summary>An operator with all that is around it.</summary>
    private sealed class Trial
    {
        private static readonly RecordOrigin Origin = new SourcePartition("source", 0, "0").Origin;

        private readonly OperatorContext _context;
        private readonly long _scale;
        private readonly List<string> _behind = [];
        private long _last = Watermark.None;
        private long _passed = Watermark.None;
        private int _settled;

        public Trial(Factory create, OperatorContext context, long scale)
        {
            _context = context;
            _scale = scale;
            Operator = create(Next, Late, Counters, context);
        }

        public Operator<Reading> Operator { get; }

        public Probe<TOut> Next { get; } = new();

        public Probe<Reading> Late { get; } = new();

        public StepCounters Counters { get; } = new("step", 0);

        public void Send(Reading[] readings)
        {
            foreach (Reading[] batch in readings.Chunk(_context.BatchSize))
            {
                var buffer = new RecordBuffer<Reading>();
                foreach (Reading reading in batch)
                {
                    buffer.Add(reading.Time * _scale, reading, Origin);
                }

                Operator.OnBatch(buffer.AsBatch());
            }
        }

        public void Advance(long watermark)
        {
            if (watermark > _last)
            {
                _last = watermark;
                Operator.OnWatermark(watermark * _scale);
            }
        }

        public void Tick(long now)
        {
            foreach (ITimed timed in _context.Timed.Where(timed => timed.Deadline <= now))
            {
                timed.OnTime(now);
            }
        }

        /// <summary>What came out for each key, in order.</summary>
        public Dictionary<int, List<(string Text, long Timestamp)>> Results(Func<TOut, int> keyOf)
        {
            Dictionary<int, List<(string, long)>> results = [];
            foreach ((TOut value, RecordContext context) in Next.Records)
            {
                int key = keyOf(value);
                results.TryAdd(key, []);
                results[key].Add(($"{value} at {context.TimestampTicks}", context.TimestampTicks));
            }

            return results;
        }

        /// <summary>The results that were behind the watermark when they came.</summary>
        public List<string> Behind()
        {
            Settle(isStep: false);
            return _behind;
        }

        /// <summary>A step is over: what it gave counts as given.</summary>
        public void Settle(bool isStep = true)
        {
            for (; _settled < Next.Records.Count; _settled++)
            {
                (TOut value, RecordContext context) = Next.Records[_settled];
                if (context.TimestampTicks <= _passed)
                {
                    _behind.Add($"{value} at {context.TimestampTicks}");
                }
            }

            _passed = isStep ? Next.Watermark : _passed;
        }
    }
}
