using System.Reflection;

namespace IoTStream.Repository.Tests.Layers;

/// <summary>Tells which types a type refers to: in its declaration, its members' signatures, attributes, and what its code calls.</summary>
internal static class TypeUses
{
    private const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    public static IEnumerable<Type> Of(Type type) =>
        type.GetInterfaces().Append(type.BaseType)
            .Concat(type.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()))
            .Concat(type.GetFields(Declared).Select(field => field.FieldType))
            .Concat(type.GetMethods(Declared).SelectMany(OfMethod))
            .Concat(type.GetConstructors(Declared).SelectMany(OfCode))
            .Concat(type.GetCustomAttributesData().Select(attribute => attribute.AttributeType))
            .OfType<Type>()
            .SelectMany(Parts)
            .Distinct();

    private static IEnumerable<Type?> OfMethod(MethodInfo method) =>
        OfCode(method)
            .Append(method.ReturnType)
            .Concat(method.GetGenericArguments().SelectMany(parameter => parameter.GetGenericParameterConstraints()));

    private static IEnumerable<Type?> OfCode(MethodBase method)
    {
        IEnumerable<Type?> signature = method.GetParameters().Select(parameter => parameter.ParameterType);
        return method.GetMethodBody() is { } body
            ? signature.Concat(body.LocalVariables.Select(local => local.LocalType)).Concat(OfInstructions(method, body.GetILAsByteArray()!))
            : signature;
    }

    private static IEnumerable<Type?> OfInstructions(MethodBase method, byte[] code)
    {
        Type[] typeArguments = method.DeclaringType!.GetGenericArguments();
        Type[] methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : [];
        return Instructions.Tokens(code).SelectMany(token => OfMember(method.Module.ResolveMember(token, typeArguments, methodArguments)));
    }

    private static IEnumerable<Type?> OfMember(MemberInfo? member) => member switch
    {
        Type type => [type],
        FieldInfo field => [field.DeclaringType, field.FieldType],
        MethodInfo method => [method.DeclaringType, method.ReturnType, .. Parameters(method), .. method.GetGenericArguments()],
        MethodBase constructor => [constructor.DeclaringType, .. Parameters(constructor)],
        _ => [],
    };

    private static IEnumerable<Type> Parameters(MethodBase method) => method.GetParameters().Select(parameter => parameter.ParameterType);

    // A constructed type stands for its definition and its arguments, an array or reference for its element.
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type.IsGenericParameter ? []
            : type.IsConstructedGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition())
            : [type];
    }
}
