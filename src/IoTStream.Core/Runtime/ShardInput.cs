using System.Text;
using IoTStream.Connectors;
using IoTStream.Operators;
using IoTStream.State;

namespace IoTStream.Runtime;

/// <summary>
/// The receiving end of an exchange between shards: takes frames in the order in which they were committed and merges the signals of the senders. For the epochs of its shard it is a source, whose
/// position is that in the inbox.
/// </summary>
internal sealed class ShardInput<T> : LaneTask
{
    private readonly string _step;
    private readonly Operator<T> _target;
    private readonly IShardInbox _inbox;
    private readonly StopRequest _stop;
    private readonly EpochTracker _epochs;
    private readonly InputMerger _merger;
    private readonly ShardInputState _position;
    private readonly StepState _state;
    private readonly StateSerializer<T> _values;
    private readonly byte[] _format;
    private readonly StateSerializer<RecordOrigin> _origins;
    private readonly RecordBuffer<T> _records = new();
    private readonly OperatorContext _context;
    private ReadOnlyMemory<byte> _frame;
    private RecordOrigin? _origin;
    private StateSerializer<T> _read;
    private int _sender;
    private int _run;
    private int _toSkip;
    private long _epoch;
    private bool _hasBegun;
    private bool _isDone;
    private bool _isHeldBack;

    public ShardInput(string step, Shard shard, Operator<T> target, StopRequest stop, OperatorContext context, Action wake)
    {
        _step = step;
        _target = target;
        _stop = stop;
        _epochs = context.Epochs;
        _epoch = context.Epochs.Requested;
        _context = context;
        _merger = new InputMerger(shard.Count);
        _position = new ShardInputState(shard.Count);
        _state = context.StateOf(step)!;
        _state.Add(_position);
        _values = _state.Serializers.Of<T>();
        _read = _values;
        _format = Encoding.UTF8.GetBytes(_values.Format);
        _origins = _state.Serializers.Of<RecordOrigin>();
        _inbox = shard.InboxOf(step, wake);
    }

    public override bool IsDone => _isDone;

    public override string Waiting => IsHeldBack ? $"'{_step}' is held back, because what follows takes no more" : $"'{_step}' waits for other shards";

    private bool IsHeldBack
    {
        get => _isHeldBack;
        set
        {
            if (value != _isHeldBack)
            {
                _isHeldBack = value;
                _context.SourcesHeldBack += value ? 1 : -1;
            }
        }
    }

    public override bool Step()
    {
        if (_isDone)
        {
            return false;
        }

        if (!_hasBegun)
        {
            Begin();
            return true;
        }

        if (_epochs.Requested != _epoch)
        {
            _epoch = _epochs.Requested;
            _state.Capture(_epoch);
            _target.OnBarrier(_epoch);
            return true;
        }

        IsHeldBack = !_target.IsReady;
        if (IsHeldBack)
        {
            return false;
        }

        if (_stop.IsRequested)
        {
            End();
            return true;
        }

        return (!_frame.IsEmpty || TakeFrame()) && TakePart();
    }

    private void Begin()
    {
        _hasBegun = true;
        _toSkip = _position.Taken;
        _inbox.Begin(_position.Position);
        for (int sender = 0; sender < _position.Watermarks.Length; sender++)
        {
            _merger.OnWatermark(sender, _position.Watermarks[sender]);
            _merger.OnIdle(sender, _position.Idle[sender]);
        }

        _merger.AnnounceTo(_target);
    }

    private bool TakeFrame()
    {
        try
        {
            if (!_inbox.TryTake(out _frame))
            {
                return false;
            }
        }
        catch (Exception exception)
        {
            throw new StepException(_step, exception);
        }

        var reader = new StateReader(_frame.Span);
        _sender = reader.Read<int>();
        _read = SerializerOf(reader.ReadBytes());
        _run = 0;
        Advance(in reader);
        while (_toSkip > 0 && !_frame.IsEmpty)
        {
            Skip();
        }

        if (_frame.IsEmpty)
        {
            EndFrame();
        }

        return !_frame.IsEmpty;
    }

    /// <summary>What was on its way when the shards were stopped may have been sent by a version of the application whose records were others.</summary>
    private StateSerializer<T> SerializerOf(ReadOnlySpan<byte> format)
    {
        if (format.SequenceEqual(_format))
        {
            return _values;
        }

        string sent = Encoding.UTF8.GetString(format);
        return _values.Reading(sent) ?? throw new StepException(_step, new StateMismatchException(
            $"Records on their way to '{_step}' were sent as {sent}, and are now {_values.Format}. Give a migration from the old format with TopologyBuilder.MigrateState, " +
            "or run the version that sent them until it has taken all of them."));
    }

    /// <summary>Takes some records, or signals up to the next records.</summary>
    private bool TakePart()
    {
        var reader = new StateReader(_frame.Span);
        _records.Clear();
        if (_run == 0)
        {
            ReadHead(ref reader);
        }

        int count = Math.Min(_run, _context.BatchSize);
        for (int i = 0; i < count; i++)
        {
            long timestamp = reader.Read<long>();
            _records.Add(timestamp, _read.Read(ref reader), _origin!);
        }

        _run -= count;
        _position.Taken += count;
        Advance(in reader);
        if (_frame.IsEmpty)
        {
            EndFrame();
        }

        if (count > 0)
        {
            _target.OnBatch(_records.AsBatch());
        }
        else
        {
            _merger.AnnounceTo(_target);
        }

        return true;
    }

    /// <summary>What was taken before the shard was restarted.</summary>
    private void Skip()
    {
        var reader = new StateReader(_frame.Span);
        if (_run == 0)
        {
            ReadHead(ref reader);
            _toSkip--;
            _position.Taken--;
        }

        while (_toSkip > 0 && _run > 0)
        {
            _ = reader.Read<long>();
            _ = _read.Read(ref reader);
            _run--;
            _toSkip--;
        }

        Advance(in reader);
    }

    private void ReadHead(ref StateReader reader)
    {
        _position.Taken++;
        switch ((ShardFramePart)reader.Read<byte>())
        {
            case ShardFramePart.Records:
                _run = reader.Read<int>();
                _origin = _origins.Read(ref reader);
                break;
            case ShardFramePart.Watermark:
                long watermark = reader.Read<long>();
                _merger.OnWatermark(_sender, watermark);
                _position.Watermarks[_sender] = _merger.WatermarkOf(_sender);
                break;
            case ShardFramePart.Idle:
                _position.Idle[_sender] = reader.Read<byte>() != 0;
                _merger.OnIdle(_sender, _position.Idle[_sender]);
                break;
            default:
                throw new InvalidDataException($"What came for '{_step}' from another shard is no frame: it was sent by another version of the library.");
        }
    }

    private void Advance(in StateReader reader) => _frame = _frame[^reader.Remaining..];

    private void EndFrame()
    {
        _position.Position = _inbox.Position;
        _position.Taken = 0;
    }

    /// <summary>The shard is stopped. Nothing has ended by that: event time goes on when it is begun again.</summary>
    private void End()
    {
        _isDone = true;
        _state.CaptureLast();
        _target.OnEnd();
    }
}
