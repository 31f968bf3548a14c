using System.Buffers.Binary;
using IoTStream.Log;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

/// <summary>A job's state that changes at random and is kept in an epoch log on a simulated disk.</summary>
internal sealed class EpochRun
{
    private const int Groups = 4;
    private const int Keys = 40;

    private static readonly EpochTable[] Tables = [new(0, "values", "int>int")];

    private readonly Random _random;
    private readonly SimulatedDisk _disk;
    private readonly EpochLog _description;
    private readonly EpochContribution _lane = new();
    private readonly Dictionary<int, SortedDictionary<int, int>> _states = [];
    private readonly Dictionary<string, long> _savepoints = new(StringComparer.Ordinal);
    private SortedDictionary<int, int> _state = [];
    private EpochWriter _writer;
    private long _turnStart = 1;
    private int _shared;

    public EpochRun(int seed)
    {
        _random = new Random(seed);
        _disk = new SimulatedDisk(_random);
        _description = EpochLog.At("state") with { SegmentSize = 4096 };
        _states[0] = [];
        _writer = Open();
    }

    public void Step()
    {
        try
        {
            switch (_random.Next(12))
            {
                case 0:
                    _disk.Schedule((Fault)_random.Next(5), _random.Next(1, 10));
                    break;
                case 1:
                    _writer.Dispose();
                    Recover();
                    break;
                case 2:
                    _disk.Crash();
                    Recover();
                    break;
                case 3:
                    KeepSavepoint();
                    break;
                default:
                    CommitEpoch();
                    break;
            }
        }
        catch (SimulatedCrashException)
        {
            _disk.Crash();
            Recover();
        }
        catch (IOException exception) when (exception is not LogDamagedException)
        {
            _writer.Dispose();
            _disk.Heal();
            Recover();
        }
    }

    public void CheckSavepoints()
    {
        foreach ((string name, long epoch) in _savepoints)
        {
            Savepoint savepoint = Savepoint.Open(_disk.Directory("state"), name);
            savepoint.Epoch.Should().Be(epoch);
            using EpochReader replay = savepoint.Replay();
            Replay(replay, savepoint.Base, epoch);
        }
    }

    private void KeepSavepoint()
    {
        if (_writer.LastEpoch == 0)
        {
            return;
        }

        string name = $"savepoint-{_savepoints.Count}";
        try
        {
            _savepoints[name] = _writer.CreateSavepoint(name).Epoch;
        }
        catch (ArgumentException)
        {
            // It was finished when the machine crashed, but nobody heard of it.
            _savepoints[name] = Savepoint.Open(_disk.Directory("state"), name).Epoch;
        }
    }

    private void CommitEpoch()
    {
        _lane.Clear();
        var changed = new HashSet<int>();
        for (int count = _random.Next(10); count > 0; count--)
        {
            int key = _random.Next(Keys);
            changed.Add(key);
            if (_random.Next(3) == 0)
            {
                _state.Remove(key);
            }
            else
            {
                _state[key] = _random.Next();
            }
        }

        foreach (IGrouping<int, int> group in changed.GroupBy(key => key % Groups))
        {
            _lane.Begin(SectionKind.Changes, 0, group.Key);
            foreach (int key in group)
            {
                if (_state.TryGetValue(key, out int value))
                {
                    Put(key, value);
                }
                else
                {
                    _lane.Delete(BitConverter.GetBytes(key));
                }
            }
        }

        int upTo = Math.Min(Keys, _shared + _random.Next(20));
        for (; _shared < upTo; _shared++)
        {
            if (!changed.Contains(_shared) && _state.TryGetValue(_shared, out int value))
            {
                _lane.Begin(SectionKind.Share, 0, _shared % Groups);
                Put(_shared, value);
            }
        }

        int epoch = (int)_writer.LastEpoch + 1;
        _states[epoch] = new SortedDictionary<int, int>(_state);
        bool completesTurn = _shared == Keys;
        _writer.Commit(_turnStart, completesTurn, keepFrom: Math.Max(1, epoch - _random.Next(3)), Tables, [(byte)epoch], [_lane]).Should().Be(epoch);
        if (completesTurn)
        {
            _turnStart = epoch + 1;
            _shared = 0;
        }
    }

    private void Put(int key, int value)
    {
        Span<byte> room = _lane.Put(sizeof(int), sizeof(int));
        BinaryPrimitives.WriteInt32LittleEndian(room, key);
        BinaryPrimitives.WriteInt32LittleEndian(room[4..], value);
    }

    private void Recover()
    {
        long last = _states.Keys.Max();
        long before = _writer.LastEpoch;
        _writer = Open();
        _writer.LastEpoch.Should().BeInRange(before, last, "what was committed is there");
        using EpochReader replay = _writer.Replay();
        Replay(replay, _writer.Base, _writer.LastEpoch);
        foreach (int lost in _states.Keys.Where(epoch => epoch > _writer.LastEpoch).ToArray())
        {
            _states.Remove(lost);
        }

        _state = new SortedDictionary<int, int>(_states[(int)_writer.LastEpoch]);
        _turnStart = _writer.LastEpoch + 1;
        _shared = 0;
    }

    private void Replay(EpochReader replay, long from, long to)
    {
        var state = new SortedDictionary<int, int>();
        while (replay.TryRead(out Epoch epoch))
        {
            epoch.Header.Epoch.Should().Be(from++);
            epoch.Description.ToArray().Should().Equal((byte)epoch.Header.Epoch);
            foreach (EpochSection section in epoch)
            {
                foreach (EpochEntry entry in section)
                {
                    int key = BitConverter.ToInt32(entry.Key);
                    (key % Groups).Should().Be(section.KeyGroup);
                    if (entry.IsDelete)
                    {
                        state.Remove(key);
                    }
                    else
                    {
                        state[key] = BitConverter.ToInt32(entry.Value);
                    }
                }
            }
        }

        from.Should().Be(to + 1);
        state.Should().Equal(_states[(int)to]);
    }

    private EpochWriter Open()
    {
        while (true)
        {
            try
            {
                return EpochWriter.Open(_disk.Directory("state"), _description, TimeProvider.System);
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
}
