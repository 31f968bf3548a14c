using IoTStream.Operators;
using IoTStream.State;

namespace PredictiveMaintenance.Analysis;

/// <summary>Finds out for each machine when its signals are not what they normally are. What is off does not change what is normal.</summary>
internal sealed class Detector : KeyedProcess<string, Measurement, Finding>
{
    private readonly IReadOnlyList<Signal> _signals;
    private readonly DetectorOptions _options;
    private readonly ValueState<DetectorState> _state;

    public Detector(IReadOnlyList<Signal> signals, DetectorOptions options)
    {
        _signals = signals;
        _options = options;
        _state = States.Value<DetectorState>("detector");
    }

    public override void OnRecord(Measurement measurement, KeyedProcessContext<string, Finding> context)
    {
        DetectorState state = _state.TryGet(out DetectorState known) ? known : new DetectorState { Baselines = new Baseline[_signals.Count] };
        bool isLearning = state.Baselines[0].Count < _options.Learning;
        (double score, Signal worst) = isLearning ? (0, _signals[0]) : Worst(state, measurement);
        bool isOff = score > _options.Threshold;
        state = state with
        {
            Latest = [.. state.Latest.TakeLast(2 * _options.Context), measurement],
            Off = isOff ? state.Off + 1 : 0,
            Normal = isOff ? 0 : state.Normal + 1,
            Since = state.Since > 0 ? state.Since + 1 : 0,
        };
        if (state.Since == 0 && state.Off == _options.Confirmations)
        {
            state = state with { Since = 1, Fault = worst.Suspect };
            context.Emit(new Alert(measurement.Machine, measurement.At, worst.Suspect, worst.Name, score));
        }

        if (state.Since == _options.Context + 1)
        {
            context.Emit(new Diagnostics(measurement.Machine, measurement.At, state.Fault, [.. _signals.Select(static signal => signal.Name)], state.Latest));
        }

        bool isAccepted = state.Since > _options.Acceptance;
        if (isAccepted || (state.Normal >= _options.Recovery && state.Since > _options.Context))
        {
            state = state with { Since = 0 };
        }

        if (isAccepted)
        {
            state = state with { Baselines = new Baseline[_signals.Count], Off = 0 };
        }
        else if (!isOff && state.Since == 0)
        {
            state = state with { Baselines = [.. state.Baselines.Zip(measurement.Values, (baseline, value) => baseline.With(value, _options.Memory))] };
        }

        _state.Value = state;
    }

    private (double Score, Signal Signal) Worst(DetectorState state, Measurement measurement)
    {
        (double Score, Signal Signal) worst = (double.NegativeInfinity, _signals[0]);
        for (int i = 0; i < _signals.Count; i++)
        {
            double score = state.Baselines[i].Score(measurement.Values[i], _signals[i].LeastSpread);
            if (score > worst.Score)
            {
                worst = (score, _signals[i]);
            }
        }

        return worst;
    }
}
