using IoTStream.Core.Tests.Support;
using IoTStream.Plan;
using IoTStream.Runtime;
using IoTStream.Testing;

namespace IoTStream.Core.Tests.Epochs;

/// <summary>Steps a topology in a random order, asks for epochs at random moments, and compares what the places saw with what was handed out.</summary>
internal sealed class EpochRun
{
    private readonly Random _random;
    private readonly EpochTopology _topology;
    private readonly Gate _gate;
    private readonly Narrow _narrow;
    private readonly JobProgram _program;
    private readonly List<Task<CompletedEpoch>> _requested = [];
    private int _asksLeft;

    public EpochRun(int seed)
    {
        _random = new Random(seed);
        var options = new JobOptions
        {
            Lanes = _random.Next(1, 5),
            BatchSize = _random.Next(1, 9),
            ExchangeCapacity = _random.Next(1, 4),
            TimeProvider = new VirtualClock(),
        };
        _gate = new Gate(new Random(seed));
        _topology = new EpochTopology(_random, options.Lanes, most: 25, _gate.PassAsync);
        _narrow = new Narrow(new Random(seed));
        _program = new JobProgram("epochs", options) { Interposer = _random.Next(2) == 0 ? _narrow : null };
        _topology.Topology.CompileAsync(_program, CancellationToken.None).GetAwaiter().GetResult();
        _program.Epochs.Subscribe(epoch => Completed.Add(epoch));
        _asksLeft = _random.Next(8);
    }

    public List<CompletedEpoch> Completed { get; } = [];

    private bool HasEnded => Array.TrueForAll(_program.Lanes, lane => lane.IsDone);

    public void Execute()
    {
        // Where there is a context, the runtime moves what follows an await to another thread.
        SynchronizationContext? context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Run()
    {
        Settle();
        if (!HasEnded)
        {
            Task<CompletedEpoch> last = _program.Epochs.RequestAsync();
            Settle();
            last.IsCompletedSuccessfully.Should().BeTrue("sources that are silent inject barriers too{0}", this);
            _program.Stop.Set(_random.Next(2) == 0 ? StopMode.KeepWindowsOpen : StopMode.CloseWindows);
            Ask();
            Settle();
        }

        HasEnded.Should().BeTrue("a job that was stopped or has no more to read comes to an end{0}", this);
        _requested.TrueForAll(epoch => epoch.IsCompletedSuccessfully).Should().BeTrue();
        Completed.Select(epoch => epoch.Number).Should().Equal(Enumerable.Range(1, Completed.Count).Select(number => (long)number));
        foreach (EpochLog log in _topology.Logs)
        {
            Completed.ForEach(log.ShouldAgree);
            log.ShouldBeWhole([.. _topology.Sources.SelectMany(source => source.Given)]);
        }
    }

    /// <summary>The topology and what its lanes wait for, for people to read.</summary>
    public override string ToString() => $"""

        {_topology.Topology.Explain()}
        {string.Join(Environment.NewLine, _program.Lanes.SelectMany(lane => lane.Waiting.Select(waiting => $"lane {lane.Index}: {waiting}")))}
        """;

    private void Ask() => _requested.Add(_program.Epochs.RequestAsync());

    /// <summary>Steps until nothing moves any more.</summary>
    private void Settle()
    {
        int quiet = 0;
        for (int steps = 0; quiet < 20 * _program.Lanes.Length || MovesWhenAllIsEasy(); steps++)
        {
            steps.Should().BeLessThan(100_000, "a job whose sources have nothing more comes to rest");
            if (_asksLeft > 0 && _random.Next(20) == 0)
            {
                _asksLeft--;
                Ask();
            }

            if (_random.Next(4) == 0)
            {
                _topology.Sources[_random.Next(_topology.Sources.Count)].Stir();
            }

            _narrow.Change();
            bool moved = _program.Lanes[_random.Next(_program.Lanes.Length)].Step()
                || (_random.Next(3) == 0 && _gate.Open());
            quiet = moved ? 0 : quiet + 1;
        }
    }

    private bool MovesWhenAllIsEasy()
    {
        _narrow.IsCalm = true;
        bool moved = _gate.Open();
        for (int round = 0; round < 8; round++)
        {
            foreach (ItemSource source in _topology.Sources)
            {
                source.Stir();
            }

            foreach (Lane lane in _program.Lanes)
            {
                moved |= lane.Step();
            }
        }

        _narrow.IsCalm = false;
        return moved;
    }
}
