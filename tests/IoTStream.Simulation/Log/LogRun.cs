using IoTStream.Log;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

/// <summary>A log on a simulated disk, and what it has to hold.</summary>
internal sealed class LogRun
{
    private readonly Random _random;
    private readonly SimulatedDisk _disk;
    private readonly SimulatedDirectory _directory;
    private readonly SegmentedLogOptions _options;
    private readonly List<byte[]> _committed = [];
    private readonly List<byte[]> _pending = [];
    private SegmentedLog _log;
    private LogReader? _reader;
    private bool _isInDoubt;
    private long _leastStart = 1;
    private long _mostStart = 1;

    public LogRun(int seed)
    {
        _random = new Random(seed);
        _disk = new SimulatedDisk(_random);
        _directory = _disk.Directory("log");
        _options = new SegmentedLogOptions(LogKind.Queue) { SegmentSize = _random.Next(100, 6000) };
        _log = Open();
    }

    public void Step()
    {
        try
        {
            Act();
        }
        catch (SimulatedCrashException)
        {
            Restart();
        }
        catch (LogFailedException)
        {
            ((Action)_log.Commit).Should().Throw<LogFailedException>("a log that failed takes nothing more");
            _log.Dispose();
            _disk.Heal();
            Reopen();
        }
    }

    private void Act()
    {
        switch (_random.Next(13))
        {
            case < 5:
                byte[] payload = Payloads.Next(_random);
                _pending.Add(payload);
                Append(payload).Should().Be(_committed.Count + _pending.Count);
                break;
            case < 8:
                _isInDoubt = true;
                _log.Commit();
                _committed.AddRange(_pending);
                _pending.Clear();
                _isInDoubt = false;
                break;
            case 8:
                long cut = _random.NextInt64(1, _log.NextSequence + 1);
                _mostStart = Math.Max(_mostStart, cut);
                _log.CutBefore(cut);
                break;
            case 9:
                ReadOn();
                break;
            case 10:
                _log.Dispose();
                Reopen();
                break;
            case 11:
                Restart();
                break;
            default:
                _disk.Schedule((Fault)_random.Next(5), _random.Next(1, 12));
                break;
        }
    }

    private long Append(byte[] payload)
    {
        if (_random.Next(2) == 0)
        {
            return _log.Append(1, payload);
        }

        var chunks = new ByteChunks();
        chunks.Append(payload);
        return _log.Append(1, chunks);
    }

    private void Restart()
    {
        _disk.Crash();
        Reopen();
    }

    private void Reopen()
    {
        _reader = null;
        _log = Open();
        int most = _committed.Count + (_isInDoubt ? _pending.Count : 0);
        ((int)_log.CommittedSequence - 1).Should().BeInRange(_committed.Count, most, "what was committed is there, and nothing else but a commit in doubt");
        _committed.AddRange(_pending.Take((int)_log.CommittedSequence - 1 - _committed.Count));
        _pending.Clear();
        _isInDoubt = false;
        _log.Start.Should().BeInRange(_leastStart, _mostStart);
        _leastStart = _log.Start;
        using LogReader all = _log.Read(0);
        Follow(all, _log.Start);
    }

    /// <summary>Opens the log; that may go wrong too, any number of times.</summary>
    private SegmentedLog Open()
    {
        if (_random.Next(4) == 0)
        {
            _disk.Schedule((Fault)_random.Next(5), _random.Next(1, 8));
        }

        while (true)
        {
            try
            {
                return SegmentedLog.Open(_directory, _options);
            }
            catch (SimulatedCrashException)
            {
                _disk.Crash();
            }
            catch (IOException exception) when (exception is not LogDamagedException)
            {
                _disk.Heal();
            }
        }
    }

    /// <summary>A reader that has been there for some time reads what has come.</summary>
    private void ReadOn()
    {
        if (_reader is null)
        {
            _reader = _log.Read(0);
            Follow(_reader, _log.Start);
            return;
        }

        try
        {
            Follow(_reader, _reader.NextSequence);
        }
        catch (LogPositionLostException lost)
        {
            lost.Position.Should().BeLessThan(_log.Start);
            _reader = null;
        }
    }

    private void Follow(LogReader reader, long from)
    {
        long next = Math.Max(from, 1);
        while (reader.TryRead(out LogFrame frame))
        {
            frame.Sequence.Should().Be(next++);
            frame.Payload.SequenceEqual(_committed[(int)frame.Sequence - 1]).Should().BeTrue("frame {0} is what was committed", frame.Sequence);
        }

        (next - 1).Should().Be(_committed.Count);
    }
}
